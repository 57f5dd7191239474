import { X509Certificate } from "node:crypto";
import type { CertificatePurpose } from "@postern/core/api/identity";
import { parseClaimsUri } from "@postern/core/credential/claims";
import { parseDatabaseToken } from "@postern/core/credential/database-token";
import { formatTime, hour, minute } from "@postern/core/time";
import { describe, expect, test } from "vitest";
import { heartbeat } from "../host/heartbeat.ts";
import { joinHost } from "../host/join.ts";
import { createToken } from "../resource/token.ts";
import { writeResource } from "../resource/write.ts";
import { createCredential } from "./credential.ts";
import { loadGrant } from "./grant.ts";
import { logout } from "./logout.ts";
import {
  address,
  admin,
  allEvents,
  createDeps,
  createRole,
  createSigner,
  createUser,
  keyCall,
  type LoggedIn,
  loginAs,
  type TestDeps,
} from "./test-support.ts";

const target = { database: "aurora", db_user: "alice", db_name: "postgres" };
const asToken = { type: "token", ...target } as const;

function asCertificate(purpose: CertificatePurpose = "connections") {
  const key = createSigner().publicKeyObject;
  return {
    type: "certificate",
    ...target,
    public_key: key.export({ type: "spki", format: "pem" }).toString(),
    purpose,
  } as const;
}

/** Database `aurora` served by one host, and alice, who may open it as herself. */
async function createScene() {
  const deps = createDeps();
  await createRole(deps, "db", {
    allow: { db_labels: { env: "dev" }, db_users: ["alice"], db_names: ["postgres"] },
  });
  await createUser(deps, "alice", ["db"]);
  const serve = await createServer(deps);
  await serve();
  return { deps, serve, alice: await loginAs(deps, "alice") };
}

async function createServer(deps: TestDeps) {
  const { token } = await createToken(deps, admin, {
    type: "db",
    ttl: "30m",
    uses: 1,
    names: ["db.example.com"],
  });
  const key = await keyCall(createSigner());
  const { host_id } = await joinHost(deps, key, { token, version: "1" });
  const call = {
    caller: { type: "host", hostId: host_id, thumbprint: key.caller.thumbprint },
    address,
  } as const;
  const aws = {
    region: "us-west-1",
    account_id: null,
    resource_id: null,
    assume_role_arn: null,
    external_id: null,
  };
  const spec = { protocol: "postgres", uri: "db:5432", tls: { ca_cert_pem: null }, aws } as const;
  const databases = [{ name: "aurora", description: "", labels: { env: "dev" }, spec }];
  return async (public_addr = "db.example.com:5440", status: "healthy" | "unhealthy" = "healthy") => {
    const health = [{ database: "aurora", status, since: formatTime(deps.clock()) }];
    await heartbeat(deps, call, { public_addr, version: "1", databases, health });
  };
}

test("a certificate names its grant's facts and ends with it", async () => {
  const { deps, alice } = await createScene();
  const answer = await createCredential(deps, alice.call, asCertificate());
  if (answer.type !== "certificate") throw new Error("asked for a certificate");
  const certificate = new X509Certificate(answer.certificate);
  const claims = parseClaimsUri(certificate.subjectAltName?.replace("URI:", "") ?? "");
  const facts = {
    ...target,
    user: "alice",
    login_session: alice.call.caller.loginSession,
    grant_id: answer.grant_id,
  };
  expect(claims).toEqual({ ...facts, cluster: "test" });
  const stored = await loadGrant(deps, answer.grant_id);
  expect(stored?.grant).toMatchObject({ ...facts, type: "certificate", uses_left: null });
  expect(stored?.grant.ends_at).toBe(deps.clock() + 5 * minute);
  expect(certificate.validToDate.getTime()).toBe(stored?.grant.ends_at);
  expect(answer).toMatchObject({
    public_addr: "db.example.com:5440",
    host_ca: [expect.stringContaining("BEGIN")],
  });
});

describe("files for other programs", () => {
  const endOf = async (deps: TestDeps, alice: LoggedIn) => {
    const { expires_at } = await createCredential(deps, alice.call, asCertificate("files"));
    return Date.parse(expires_at) - deps.clock();
  };

  test("open sessions for an hour, and no longer than the login that they hang on", async () => {
    const { deps, serve, alice } = await createScene();
    expect(await endOf(deps, alice)).toBe(hour);
    deps.advance(11.5 * hour);
    await serve();
    expect(await endOf(deps, alice)).toBe(hour / 2);
  });

  test("open sessions for less where a role wants logins to be shorter", async () => {
    const { deps, alice } = await createScene();
    const allow = { db_labels: { env: "dev" }, db_users: ["alice"], db_names: ["postgres"] };
    await createRole(deps, "db", { allow, options: { max_session_ttl: "20m" } });
    expect(await endOf(deps, alice)).toBe(20 * minute);
  });
});

test("a database token is kept as a hash, with its few uses", async () => {
  const { deps, alice } = await createScene();
  const answer = await createCredential(deps, alice.call, asToken);
  if (answer.type !== "token") throw new Error("asked for a token");
  expect(answer.token.length).toBeLessThanOrEqual(64);
  const parsed = parseDatabaseToken(answer.token);
  expect(parsed?.grant_id).toBe(answer.grant_id);
  const stored = await loadGrant(deps, answer.grant_id);
  expect(stored?.grant).toMatchObject({ type: "token", uses_left: answer.uses });
  const text = JSON.stringify([stored, await allEvents(deps)]);
  expect(text).not.toContain(parsed?.secret);
});

test("the issuing is audited with its grant", async () => {
  const { deps, alice } = await createScene();
  const { grant_id, expires_at } = await createCredential(deps, alice.call, asToken);
  const issued = (await allEvents(deps)).filter(
    (event) => event.event === "cert.create" && event.user === "alice",
  );
  expect(issued).toMatchObject([
    {
      code: "TC000I",
      cert_type: "token",
      grant_id,
      expires: expires_at,
      db_service: "aurora",
      db_user: "alice",
    },
  ]);
});

test("what no role allows is refused with a decision id; the reasons are in the audit log alone", async () => {
  const { deps, alice } = await createScene();
  const refused: unknown = await createCredential(deps, alice.call, {
    ...asToken,
    db_user: "postgres",
  }).catch((error: unknown) => error);
  const data = { decision_id: expect.stringMatching(/^de_/), hint: expect.stringContaining("postern db ls") };
  expect(refused).toMatchObject({ code: "access.denied", data });
  const [event] = (await allEvents(deps)).filter(({ code }) => code === "TC000W");
  expect(event).toMatchObject({ user: "alice", db_user: "postgres", reasons: expect.any(Array) });
  expect(event).toMatchObject({
    decision_id: (refused as { data: { decision_id: string } }).data.decision_id,
  });
  expect(String(refused)).not.toContain("role");
});

test("a role taken away this second is refused now", async () => {
  const { deps, alice } = await createScene();
  await createCredential(deps, alice.call, asToken);
  const resource = { kind: "user", version: "v2", metadata: { name: "alice" }, spec: { roles: [] } } as const;
  await writeResource(deps, admin, { resource: { ...resource, spec: { roles: [] } }, replace: true });
  await expect(createCredential(deps, alice.call, asToken)).rejects.toMatchObject({ code: "access.denied" });
});

test("a database that isn't there is refused with the names that were meant", async () => {
  const { deps, alice } = await createScene();
  const missing = createCredential(deps, alice.call, { ...asToken, database: "auror" });
  await expect(missing).rejects.toMatchObject({
    code: "resource.missing",
    data: { hint: "did you mean `aurora`?" },
  });
  const nonsense = createCredential(deps, alice.call, { ...asToken, database: "\ud800" });
  await expect(nonsense).rejects.toMatchObject({ code: "resource.missing" });
});

test("names of databases that the user can't see are not told", async () => {
  const { deps } = await createScene();
  await createRole(deps, "nothing", {});
  await createUser(deps, "bob", ["nothing"]);
  const bob = await loginAs(deps, "bob");
  const error: unknown = await createCredential(deps, bob.call, { ...asToken, database: "auror" }).catch(
    (reason: unknown) => reason,
  );
  expect(JSON.stringify(error)).not.toContain("aurora");
});

test("a database that no live host serves is refused until one does", async () => {
  const { deps, serve, alice } = await createScene();
  deps.advance(30_000);
  const refused = createCredential(deps, alice.call, asToken);
  await expect(refused).rejects.toMatchObject({ code: "service.unavailable" });
  await serve();
  await expect(createCredential(deps, alice.call, asToken)).resolves.toMatchObject({ type: "token" });
});

test("of several hosts the healthy ones come first, and those that are gone not at all", async () => {
  const { deps, serve, alice } = await createScene();
  const [second, third] = [await createServer(deps), await createServer(deps)];
  await third("db.example.com:5443");
  deps.advance(20_000);
  await serve("db.example.com:5441", "unhealthy");
  await second("db.example.com:5442");
  deps.advance(20_000);
  const { public_addr, fallback_addrs } = await createCredential(deps, alice.call, asToken);
  expect([public_addr, ...fallback_addrs]).toEqual(["db.example.com:5442", "db.example.com:5441"]);
});

test("hosts that are equally good share the sessions", async () => {
  const { deps, serve, alice } = await createScene();
  const second = await createServer(deps);
  await serve("db.example.com:5441");
  await second("db.example.com:5442");
  const seen = new Set<string>();
  for (let tries = 0; tries < 20; tries += 1)
    seen.add((await createCredential(deps, alice.call, asToken)).public_addr);
  expect([...seen].sort()).toEqual(["db.example.com:5441", "db.example.com:5442"]);
});

test("a key of another kind is refused and audited", async () => {
  const { deps, alice } = await createScene();
  const refused = createCredential(deps, alice.call, { ...asCertificate(), public_key: "no key" });
  await expect(refused).rejects.toMatchObject({ code: "input.invalid" });
  const [event] = (await allEvents(deps)).filter(({ code }) => code === "TC000W");
  expect(event).toMatchObject({ user: "alice", cert_type: "certificate", success: false });
});

test("a credential ends with its login session, and none is issued after it", async () => {
  const { deps, serve, alice } = await createScene();
  deps.advance(12 * hour - 2 * minute);
  await serve();
  const { expires_at } = await createCredential(deps, alice.call, asToken);
  expect(Date.parse(expires_at)).toBe(deps.clock() + 2 * minute);
  await logout(deps, alice.call);
  await expect(createCredential(deps, alice.call, asToken)).rejects.toMatchObject({ code: "auth.expired" });
});
