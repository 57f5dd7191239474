import { argon2Sync, createHash, randomBytes } from "node:crypto";
import { hour, minute } from "@postern/core/time";
import { decodeJwt } from "jose/jwt/decode";
import { expect, test } from "vitest";
import { passwordKey, resourceKey } from "../keys.ts";
import { deleteResource } from "../resource/delete.ts";
import { authenticate } from "./authenticate.ts";
import { login } from "./login.ts";
import { logout } from "./logout.ts";
import { loadPassword } from "./password-record.ts";
import { getStatus } from "./status.ts";
import {
  admin,
  alicePassword,
  allEvents,
  createDeps,
  createRole,
  createSigner,
  createUser,
  keyCall,
  loginAs,
  present,
  type TestDeps,
} from "./test-support.ts";

async function withAlice(): Promise<TestDeps> {
  const deps = createDeps();
  await createRole(deps, "dev", {});
  await createUser(deps, "alice", ["dev"]);
  return deps;
}

async function tryLogin(deps: TestDeps, user: string, password: string) {
  return await login(deps, await keyCall(createSigner()), { user, password });
}

test("a login answers a token for the proof's key, for as long as the session lasts", async () => {
  const deps = await withAlice();
  const key = createSigner();
  const call = await keyCall(key);
  const answer = await login(deps, call, { user: "alice", password: alicePassword });
  expect(answer).toMatchObject({ token_type: "DPoP", user: "alice", roles: ["dev"], cluster_name: "test" });
  expect(Date.parse(answer.expires_at)).toBe(deps.clock() + 12 * hour);
  expect(decodeJwt(answer.access_token)).toMatchObject({
    sub: "alice",
    cnf: { jkt: call.caller.thumbprint },
    exp: (deps.clock() + 12 * hour) / 1000,
  });
  const caller = await authenticate(deps, await present(deps, key, answer.access_token));
  expect(caller).toMatchObject({ type: "user", user: "alice", loginSession: answer.login_session });
});

test("the shortest max_session_ttl of all roles bounds the session", async () => {
  const deps = createDeps();
  await createRole(deps, "short", { options: { max_session_ttl: "30m" } });
  await createRole(deps, "long", { options: { max_session_ttl: "20h" } });
  await createUser(deps, "alice", ["long", "short"]);
  const { expires_at } = await tryLogin(deps, "alice", alicePassword);
  expect(Date.parse(expires_at)).toBe(deps.clock() + 30 * minute);
});

test("a wrong password, an unknown user and one without a password are refused alike, and audited", async () => {
  const deps = await withAlice();
  await createUser(deps, "bob", ["dev"]);
  await deps.store.commit([{ type: "delete", key: passwordKey("bob"), condition: { type: "present" } }]);
  const refusals = [];
  for (const user of ["alice", "nobody", "bob", "../alice", "\ud800"]) {
    refusals.push(await tryLogin(deps, user, "wrong password").catch((error: unknown) => error));
  }
  for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
  expect(refusals[0]).toMatchObject({ code: "auth.invalid" });
  const failures = (await allEvents(deps)).filter(({ code }) => code === "T1000W");
  expect(failures).toHaveLength(5);
  expect(failures[0]).toMatchObject({ success: false, "addr.remote": "192.0.2.7" });
});

test("after five failures each further attempt waits longer; time alone lifts it", async () => {
  const deps = await withAlice();
  for (let i = 0; i < 5; i++) {
    await expect(tryLogin(deps, "alice", "wrong")).rejects.toMatchObject({ code: "auth.invalid" });
  }
  await expect(tryLogin(deps, "alice", alicePassword)).rejects.toMatchObject({ code: "limit.exceeded" });
  deps.advance(2_000);
  await expect(tryLogin(deps, "alice", "wrong")).rejects.toMatchObject({ code: "auth.invalid" });
  deps.advance(2_000);
  await expect(tryLogin(deps, "alice", alicePassword)).rejects.toMatchObject({ code: "limit.exceeded" });
  deps.advance(2_000);
  await expect(tryLogin(deps, "alice", alicePassword)).resolves.toMatchObject({ user: "alice" });
  await expect(tryLogin(deps, "alice", "wrong")).rejects.toMatchObject({ code: "auth.invalid" });
});

test("guesses made at once are counted, too", async () => {
  const deps = await withAlice();
  const guesses = Array.from({ length: 20 }, async () => await tryLogin(deps, "alice", "wrong"));
  const codes = (await Promise.allSettled(guesses)).map((result) =>
    result.status === "rejected" ? String((result.reason as { code?: string }).code) : "right",
  );
  expect(codes.filter((code) => code === "auth.invalid").length).toBeLessThanOrEqual(5);
  expect(codes.every((code) => code === "auth.invalid" || code === "limit.exceeded")).toBe(true);
});

test("unknown users are slowed down like known ones", async () => {
  const deps = createDeps();
  for (let i = 0; i < 5; i++) await tryLogin(deps, "nobody", "wrong").catch(() => undefined);
  await expect(tryLogin(deps, "nobody", "wrong")).rejects.toMatchObject({ code: "limit.exceeded" });
});

test("a hash with older parameters is renewed at the next login", async () => {
  const deps = await withAlice();
  const stored = await loadPassword(deps, "alice");
  const value = { account: stored?.record.account ?? "", hash: oldHash(alicePassword) };
  await deps.store.commit([
    { type: "put", key: passwordKey("alice"), value, condition: { type: "present" } },
  ]);
  await tryLogin(deps, "alice", alicePassword);
  expect((await loadPassword(deps, "alice"))?.record.hash).toMatch(/m=19456,t=2,p=1/);
  await expect(tryLogin(deps, "alice", alicePassword)).resolves.toBeDefined();
});

test("a password that is replaced during a login with the old one stays replaced, and the login is refused", async () => {
  const deps = await withAlice();
  const stored = await loadPassword(deps, "alice");
  const account = stored?.record.account ?? "";
  const put = async (message: string) => {
    const value = { account, hash: oldHash(message) };
    await deps.store.commit([
      { type: "put", key: passwordKey("alice"), value, condition: { type: "present" } },
    ]);
  };
  await put(alicePassword);
  // The salt of the renewed hash is drawn once the old password was found right.
  const drawing = { ...deps, random: drawAfter(deps.random, () => put("another password")) };
  await expect(tryLogin(drawing, "alice", alicePassword)).rejects.toMatchObject({ code: "auth.invalid" });
  await expect(tryLogin(deps, "alice", "another password")).resolves.toBeDefined();
});

test("a refusal after the password was found right is audited, too", async () => {
  const deps = await withAlice();
  await deps.store.commit([
    { type: "delete", key: resourceKey("role", "dev"), condition: { type: "present" } },
  ]);
  await expect(tryLogin(deps, "alice", alicePassword)).rejects.toMatchObject({ code: "access.denied" });
  const logins = (await allEvents(deps)).filter(({ event }) => event === "user.login");
  expect(logins).toMatchObject([{ code: "T1000W", user: "alice" }]);
});

test("status shows the roles as they are now", async () => {
  const deps = await withAlice();
  const { call } = await loginAs(deps, "alice");
  expect(await getStatus(deps, call)).toMatchObject({
    user: "alice",
    roles: ["dev"],
    version: "1.2.3",
    rights: {},
  });
});

test("logout ends the session at once, tells the hosts and the audit log, and is done once", async () => {
  const deps = await withAlice();
  const { call, key, accessToken } = await loginAs(deps, "alice");
  await Promise.all([logout(deps, call), logout(deps, call)]);
  await expect(authenticate(deps, await present(deps, key, accessToken))).rejects.toMatchObject({
    code: "auth.expired",
  });
  await expect(getStatus(deps, call)).rejects.toMatchObject({ code: "auth.expired" });
  const ends = (await allEvents(deps)).filter(({ event }) => event === "user.logout");
  expect(ends).toMatchObject([{ code: "PU001I", user: "alice", login_session: call.caller.loginSession }]);
});

test("a deleted user's password and sessions are nothing to a namesake", async () => {
  const deps = await withAlice();
  const { key, accessToken } = await loginAs(deps, "alice");
  await deleteResource(deps, admin, { kind: "user", name: "alice" });
  await expect(tryLogin(deps, "alice", alicePassword)).rejects.toMatchObject({ code: "auth.invalid" });
  await createUser(deps, "alice", ["dev"]);
  await expect(authenticate(deps, await present(deps, key, accessToken))).rejects.toMatchObject({
    code: "auth.expired",
  });
});

test("a password that is another account's opens nothing", async () => {
  const deps = await withAlice();
  const stored = await loadPassword(deps, "alice");
  const value = { account: "another", hash: stored?.record.hash ?? "" };
  await deps.store.commit([
    { type: "put", key: passwordKey("alice"), value, condition: { type: "present" } },
  ]);
  await expect(tryLogin(deps, "alice", alicePassword)).rejects.toMatchObject({ code: "auth.invalid" });
});

test("no event and no item holds the password, nor a hash of it alone", async () => {
  const deps = await withAlice();
  await loginAs(deps, "alice");
  await tryLogin(deps, "alice", "hunter2hunter2").catch(() => undefined);
  const text = JSON.stringify([await allEvents(deps), await loadPassword(deps, "alice")]);
  for (const secret of [alicePassword, "hunter2hunter2"]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(createHash("sha256").update(secret).digest("hex"));
  }
});

/** Starts `act` with the first bytes drawn: SQLite has done it when the next commit comes. */
function drawAfter(random: TestDeps["random"], act: () => Promise<void>): TestDeps["random"] {
  let done = false;
  return (count) => {
    if (!done) {
      done = true;
      void act();
    }
    return random(count);
  };
}

function oldHash(message: string): string {
  const nonce = randomBytes(16);
  const tag = argon2Sync("argon2id", {
    message,
    nonce,
    tagLength: 32,
    memory: 8192,
    passes: 1,
    parallelism: 1,
  });
  const encode = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");
  return `$argon2id$v=19$m=8192,t=1,p=1$${encode(nonce)}$${encode(tag)}`;
}
