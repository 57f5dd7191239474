/**
 * The other side of least privilege: no function lacks a right on the table that its work takes. One deployment's life
 * runs through the real functions, and each reaches the store only as far as its IAM role does.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Client, createClient } from "@postern/client/client";
import { generateProofKey } from "@postern/client/proof";
import type { AuditEvent } from "@postern/core/audit/event";
import type { AuditRecord } from "@postern/core/audit/record";
import { minute } from "@postern/core/time";
import { openSqliteStore } from "@postern/store/sqlite/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN_TOKEN, type ControlPlane, startControlPlane } from "./support/control-plane.ts";
import { ensurePlatform } from "./support/platform.ts";
import { evaluate, production } from "./support/stages.ts";

const platform = await ensurePlatform();
const password = "correct horse battery staple";

describe.skipIf(platform.type === "unreachable")("with the rights that infra/ gives them", () => {
  let controlPlane: ControlPlane;
  let admin: Client;
  let alice: Client;
  let host: Client;
  const folder = mkdtempSync(path.join(tmpdir(), "postern-rights-"));

  beforeAll(async () => {
    const graph = await evaluate(production);
    controlPlane = await startControlPlane(graph, (now) =>
      openSqliteStore({ path: path.join(folder, "db"), now }),
    );
    admin = createClient({
      url: controlPlane.url,
      key: await generateProofKey(),
      accessToken: () => ADMIN_TOKEN,
    });
  }, 120_000);

  afterAll(async () => {
    await controlPlane.close();
    rmSync(folder, { recursive: true });
  });

  test("admin keeps roles, users and tokens", async () => {
    await admin.call("writeResource", {
      body: {
        resource: {
          kind: "role",
          version: "v3",
          metadata: { name: "db" },
          spec: { allow: { db_labels: { "*": "*" }, db_names: ["*"], db_users: ["*"] } },
        },
        replace: false,
      },
    });
    const { resources } = await admin.call("listResources", { params: { kind: "role" } });
    expect(resources).toHaveLength(1);
    await admin.call("getResource", { params: { kind: "role", name: "db" } });
  });

  test("auth takes an invite and a login", async () => {
    const { invite_url } = await admin.call("inviteUser", { body: { name: "alice", roles: ["db"] } });
    const key = await generateProofKey();
    let token: string | undefined;
    alice = createClient({ url: controlPlane.url, key, accessToken: () => token });
    await alice.call("acceptInvite", { body: { invite: new URL(invite_url).hash.slice(1), password } });
    await expect(alice.call("login", { body: { user: "alice", password: "wrong" } })).rejects.toMatchObject({
      code: "auth.invalid",
    });
    token = (await alice.call("login", { body: { user: "alice", password } })).access_token;
    await expect(alice.call("getStatus", {})).resolves.toMatchObject({ user: "alice" });
  });

  test("join admits a host and lists what it serves", async () => {
    const { token: joinToken } = await admin.call("createToken", { body: { type: "db" } });
    await admin.call("listTokens", {});
    const key = await generateProofKey();
    let identity: string | undefined;
    host = createClient({ url: controlPlane.url, key, accessToken: () => identity });
    const joined = await host.call("joinHost", { body: { token: joinToken, version: "0.0.0" } });
    identity = joined.access_token;
    await host.call("renewHost", { body: { host_id: joined.host_id } });
    await expect(beat()).resolves.toMatchObject({ refused: [] });
    await expect(beat({ uri: "other.example.com:5432" })).resolves.toMatchObject({
      refused: [{ database: "aurora" }],
    });
    await expect(beat()).resolves.toMatchObject({ refused: [] });
  });

  test("join admits a host by who it is in AWS, and renews it", async () => {
    const spec = {
      roles: ["Db" as const] satisfies ["Db"],
      join_method: "iam" as const,
      allow: [{ aws_account: "111111111111" }],
      names: ["db.example.com"],
    };
    const resource = { kind: "token" as const, version: "v2" as const, metadata: { name: "proxy" }, spec };
    await admin.call("writeResource", { body: { resource, replace: false } });
    await admin.call("listTokens", {});
    const other = createClient({
      url: controlPlane.url,
      key: await generateProofKey(),
      accessToken: () => undefined,
    });
    await other.call("createJoinChallenge", { body: {} });
    const proof = {
      host: "sts.us-east-1.amazonaws.com",
      date: "20260504T100000Z",
      credential: "AKIDEXAMPLEEXAMPLE/20260504/us-east-1/sts/aws4_request",
      signature: "0".repeat(64),
    };
    const body = { token_name: "proxy", proof, version: "0.0.0" };
    const { host_id } = await other.call("joinHostByIam", { body });
    await other.call("renewHost", { body: { host_id } });
    await expect(other.call("joinHostByIam", { body })).rejects.toMatchObject({ code: "access.denied" });
  });

  test("authorize opens a session and refuses one", async () => {
    await expect(openSession()).resolves.toMatchObject({ decision: "allow" });
    await expect(openSession({ db_user: "bob" })).resolves.toMatchObject({ decision: "deny" });
  });

  test("auth ends a credential", async () => {
    const body = { type: "token", database: "aurora", db_user: "alice", db_name: "postgres" } as const;
    const { grant_id } = await alice.call("createCredential", { body });
    await expect(alice.call("deleteCredential", { params: { grant_id } })).resolves.toEqual({});
  });

  test("ingest takes a session's records, a chunk that fills several items among them", async () => {
    const sid = await openedSession();
    // What doesn't compress: an item of DynamoDB holds 400 KB.
    const large = randomBytes(400_000).toString("base64");
    await host.call("ingestAudit", { body: { sid, chunk: 0, records: statement(1, large) } });
    await host.call("ingestAudit", {
      body: { sid, chunk: 1, records: [...statement(3, "select 1"), end(5)] },
    });
    await expect(
      host.call("ingestAudit", { body: { sid: randomUUID(), chunk: 0, records: statement(1, "") } }),
    ).rejects.toMatchObject({ code: "access.denied" });
    await expect(admin.call("getRecording", { params: { sid } })).resolves.toMatchObject({
      events: expect.arrayContaining([expect.objectContaining({ db_query: "select 1" })]),
    });
  });

  test("ingest ends the sessions of a host that is gone", async () => {
    const sid = await openedSession();
    await host.call("ingestAudit", { body: { sid, chunk: 0, records: statement(1, "select 2") } });
    // The first suspects, the second is sure.
    await controlPlane.sweepIn(minute);
    expect(await controlPlane.sweepIn(3 * minute)).toContain(sid);
  });

  test("read shows databases, changes, audit and recordings", async () => {
    await expect(alice.call("listDatabases", {})).resolves.toMatchObject({ databases: [{ name: "aurora" }] });
    await host.call("getChanges", { query: {} });
    await expect(admin.call("searchAudit", { query: { user: "alice" } })).resolves.not.toMatchObject({
      events: [],
    });
    await expect(alice.call("searchAudit", { query: {} })).rejects.toMatchObject({ code: "access.denied" });
    await expect(admin.call("listRecordings", { query: {} })).resolves.not.toMatchObject({ recordings: [] });
    await expect(admin.call("getHealth", {})).resolves.toMatchObject({ problems: [] });
    await admin.call("getOpenapi", {});
  });

  test("deliver publishes what the log took", async () => {
    const published: AuditEvent[] = [];
    await controlPlane.deliver({
      publish: async (events) => {
        published.push(...events);
      },
    });
    expect(published.map(({ event }) => event)).toContain("db.session.query");
  });

  test("auth ends a login, admin removes a user and a role", async () => {
    await alice.call("logout", { body: {} });
    await admin.call("deleteResource", { params: { kind: "user", name: "alice" } });
    await admin.call("deleteResource", { params: { kind: "role", name: "db" } });
    const { token } = await admin.call("createToken", { body: { type: "db" } });
    await admin.call("deleteToken", { params: { token } });
    await expect(alice.call("getStatus", {})).rejects.toMatchObject({ code: "auth.expired" });
  });

  test("nothing was refused, and every function did something", () => {
    const refused = [...controlPlane.accesses].flatMap(([name, accesses]) =>
      accesses.filter(({ allowed }) => !allowed).map(({ action, pk }) => `${name}: ${action} on ${pk}`),
    );
    expect(refused).toEqual([]);
    const idle = [...controlPlane.accesses].filter(([, accesses]) => accesses.length === 0);
    expect(idle).toEqual([]);
  });

  async function beat(change: { uri?: string } = {}) {
    const aws = { region: "us-west-1", resource_id: "cluster-ABC" };
    const spec = { protocol: "postgres" as const, uri: "aurora.example.com:5432", aws, ...change };
    return await host.call("heartbeat", {
      body: {
        public_addr: "localhost:5440",
        version: "0.0.0",
        databases: [{ name: "aurora", description: "", labels: { env: "dev" }, spec }],
      },
    });
  }

  async function openSession(change: { db_user?: string } = {}) {
    const wish = { database: "aurora", db_user: "alice", db_name: "postgres" };
    const credential = await alice.call("createCredential", { body: { type: "token", ...wish } });
    if (credential.type !== "token") throw new Error("a database token was asked for");
    return await host.call("openSession", {
      body: {
        credential: { type: "token", token: credential.token },
        db_user: "alice",
        db_name: "postgres",
        client_addr: "198.51.100.4:55000",
        idempotency_key: randomUUID(),
        ...change,
      },
    });
  }

  async function openedSession(): Promise<string> {
    const answer = await openSession();
    if (answer.decision !== "allow") throw new Error(answer.message);
    return answer.sid;
  }
});

function statement(ei: number, sql: string): AuditRecord[] {
  const statement_id = `st_${ei}`;
  const time = Date.now();
  return [
    { type: "begin", ei, statement_id, time, protocol: "simple", text: sql },
    { type: "outcome", ei: ei + 1, statement_id, statement_index: 0, time, duration_ms: 1, success: true },
  ];
}

function end(ei: number): AuditRecord {
  const counts = { statements: 2, errors: 0, bytes_in: 0, bytes_out: 0 };
  return { type: "end", ei, time: Date.now(), reason: "client_closed", ...counts };
}
