/** One user's way through the whole API on both stores, and that no secret of it is left anywhere. */

import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSigner, secretOf } from "@postern/control/identity/test-support";
import { CreateTokenResponse, InviteUserResponse } from "@postern/core/api/admin";
import { OpenSessionResponse } from "@postern/core/api/host";
import { CredentialResponse, LoginResponse } from "@postern/core/api/identity";
import { AuditPage } from "@postern/core/api/read";
import type { AuditEvent } from "@postern/core/audit/event";
import { deliverChanges } from "@postern/functions/handlers/deliver";
import type { Identity } from "@postern/functions/test-support";
import { openDynamoChangeFeed } from "@postern/store/dynamodb/change-feed";
import { openDynamoStore } from "@postern/store/dynamodb/store";
import { createTable } from "@postern/store/dynamodb/table";
import type { ChangeFeed, Store } from "@postern/store/port";
import { openSqliteStore } from "@postern/store/sqlite/store";
import { emulatorProgram, startEmulator } from "@postern/store/test-support/emulator";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { type Api, createApi, heartbeatOf, statedDatabase } from "./support/api.ts";

interface Opened {
  readonly open: (now: () => number) => Store;
  /** Every change of the store, from its first on. */
  readonly feed: () => ChangeFeed;
}

async function openSqlite(): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), "postern-api-"));
  let store: ReturnType<typeof openSqliteStore> | undefined;
  onTestFinished(async () => {
    await store?.close();
    rmSync(folder, { recursive: true });
  });
  return {
    open: (now) => (store = openSqliteStore({ path: join(folder, "store.db"), now })),
    feed: () => {
      if (store === undefined) throw new Error("the store is opened first");
      return store;
    },
  };
}

async function openDynamo(): Promise<Opened> {
  const emulator = await startEmulator();
  onTestFinished(async () => await emulator.stop());
  await createTable(emulator.config, "postern");
  return {
    open: (now) => openDynamoStore({ table: "postern", now, config: emulator.config }),
    feed: () => openDynamoChangeFeed({ table: "postern", config: emulator.config }),
  };
}

const stores = [
  { name: "SQLite", openStore: openSqlite, isHere: true },
  { name: "DynamoDB", openStore: openDynamo, isHere: emulatorProgram() !== undefined },
];
const password = "a passphrase that nobody else has";
const wrongPassword = "a passphrase with a typing error";

afterEach(() => vi.restoreAllMocks());

/** What a caller was given, that nobody else may see. */
interface Walk {
  readonly api: Api;
  readonly secrets: readonly string[];
  readonly sid: string;
}

async function walk(openStore: (now: () => number) => Store): Promise<Walk> {
  const api = await createApi(openStore);
  const { call, identities } = api;
  const post = async (caller: Identity, path: string, body: object) =>
    (await call(caller, { method: "POST", path, body })).body;
  const invited = InviteUserResponse.parse(
    await post(identities.admin, "/v1/users", { name: "carol", roles: ["db"] }),
  );
  const invite = secretOf(invited.invite_url);
  await post({}, "/v1/invites/accept", { invite, password });
  await post({}, "/v1/invites/accept", { invite, password });
  const key = createSigner();
  await post({ key }, "/v1/login", { user: "carol", password: wrongPassword });
  const login = LoginResponse.parse(await post({ key }, "/v1/login", { user: "carol", password }));
  const carol = { key, token: login.access_token };
  await call(identities.host, heartbeatOf(statedDatabase()));
  const joining = CreateTokenResponse.parse(await post(identities.admin, "/v1/tokens", { type: "db" }));
  await post({ key: createSigner() }, "/v1/hosts/join", { token: `${joining.token}0`, version: "1" });
  const target = { database: "aurora", db_user: "alice", db_name: "postgres" };
  const credential = CredentialResponse.parse(
    await post(carol, "/v1/credentials", { type: "token", ...target }),
  );
  if (credential.type !== "token") throw new Error("a token was asked for");
  const opening = {
    credential: { type: "token", token: credential.token },
    db_user: "alice",
    db_name: "postgres",
    client_addr: "198.51.100.9:5000",
  };
  const open = async (more: object) =>
    OpenSessionResponse.parse(
      await post(identities.host, "/v1/sessions", { ...opening, idempotency_key: randomUUID(), ...more }),
    );
  const session = await open({});
  if (session.decision !== "allow") throw new Error(session.message);
  await open({ db_user: "postgres" });
  await open({ credential: { type: "token", token: `${credential.token.slice(0, -1)}-` } });
  const startedAt = api.scene.deps.clock();
  api.scene.deps.advance(10);
  await post(identities.host, "/v1/audit", { sid: session.sid, chunk: 0, records: records(startedAt) });
  await post(carol, "/v1/logout", {});
  await open({});
  const keys = [identities.admin.key, identities.host.key, identities.user.key, key].flatMap((held) =>
    held === undefined ? [] : [String(held.privateKey.export({ format: "jwk" }).d)],
  );
  const tokens = [invite, login.access_token, joining.token, credential.token, session.iam_token];
  return { api, secrets: [password, wrongPassword, ...tokens, ...keys], sid: session.sid };
}

/** @param at when the session began: what follows, follows by milliseconds */
function records(at: number): object[] {
  const statement = { statement_id: "st_1", time: at + 1 };
  const counts = { statements: 1, errors: 0, bytes_in: 1, bytes_out: 1 };
  return [
    { type: "connected", time: at },
    { type: "begin", ei: 1, ...statement, protocol: "simple", text: "select 'ünï\u0000\ud800😀'" },
    { type: "outcome", ei: 1, ...statement, statement_index: 0, duration_ms: 1, success: true },
    { type: "end", ei: 2, time: at + 2, reason: "client_closed", ...counts },
  ];
}

async function allChanges(feed: ChangeFeed) {
  const page = await feed.changes(undefined, 1000);
  expect(page.changes.length).toBeLessThan(1000);
  return page.changes;
}

for (const { name, openStore, isHere } of stores) {
  test.skipIf(!isHere)(
    `on ${name} a user's way leaves its events, each delivered as it was committed, and no secret`,
    async () => {
      const written: unknown[] = [];
      for (const method of ["log", "error", "warn", "info", "debug"] as const)
        vi.spyOn(console, method).mockImplementation((...texts) => void written.push(texts));
      const { open, feed } = await openStore();
      const { api, secrets, sid } = await walk(open);

      const { body } = await api.call(api.identities.admin, {
        method: "GET",
        path: "/v1/audit",
        query: { sid, limit: "10" },
      });
      const found = AuditPage.parse(body).events;
      expect(found.map(({ code }) => code)).toEqual(["TDB00I", "TDB02I", "TDB01I"]);
      const codes = (await api.events()).map(({ code }) => code);
      for (const code of [
        "T1002I",
        "T1005I",
        "T1005W",
        "T1000W",
        "T1000I",
        "TJ002E",
        "TC000I",
        "TDB00W",
        "PU001I",
      ])
        expect(codes).toContain(code);

      const published: AuditEvent[] = [];
      const changes = await allChanges(feed());
      const bus = { publish: async (events: readonly AuditEvent[]) => void published.push(...events) };
      expect(await deliverChanges({ bus, store: api.scene.deps.store }, changes)).toBeUndefined();
      expect(published.filter((event) => "sid" in event && event.sid === sid)).toEqual(found);
      expect(new Set(published.map(({ uid }) => uid))).toEqual(
        new Set((await api.events()).map(({ uid }) => uid)),
      );

      // Binary content is compressed: what is in it is published above.
      const items = changes.flatMap(({ before, after }) =>
        [before, after].map((item) => item && { ...item, bytes: "" }),
      );
      const left = JSON.stringify([items, published, written]);
      for (const secret of secrets) expect(left.includes(secret)).toBe(false);
      expect(left).toContain("carol");
    },
  );
}
