import { beforeEach, describe, expect, test } from "vitest";
import type { Call, CallerOf } from "../caller.ts";
import { getChanges } from "../changes/read.ts";
import { acceptInvite } from "./accept-invite.ts";
import { loadAccount, loginStamp } from "./account.ts";
import { authenticate } from "./authenticate.ts";
import { inviteUser } from "./invite.ts";
import { login } from "./login.ts";
import { resetUser } from "./reset-user.ts";
import {
  address,
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
  secretOf,
  type TestDeps,
} from "./test-support.ts";

let deps: TestDeps;
beforeEach(async () => {
  deps = createDeps();
  await createRole(deps, "db", { allow: { db_labels: { "*": "*" }, db_users: ["*"], db_names: ["*"] } });
  await createUser(deps, "alice", ["db"]);
});

const newPassword = "another long password";
const reset = async () => secretOf((await resetUser(deps, admin, { name: "alice", ttl: "1h" })).invite_url);
const accept = async (invite: string, password = newPassword) =>
  await acceptInvite(deps, admin, { invite, password });
const logIn = async (password: string) =>
  await login(deps, await keyCall(createSigner()), { user: "alice", password });

describe("a user who is reset", () => {
  test("sets a new password with the invite; the old one is none any more", async () => {
    const invite = await reset();
    await expect(logIn(alicePassword)).rejects.toMatchObject({ code: "auth.invalid" });
    await accept(invite);
    await expect(logIn(alicePassword)).rejects.toMatchObject({ code: "auth.invalid" });
    expect(await logIn(newPassword)).toMatchObject({ user: "alice", roles: ["db"] });
    await expect(accept(invite)).rejects.toMatchObject({ code: "token.spent" });
  });

  test("is logged in nowhere any more, also once the new password is set", async () => {
    const { key, accessToken } = await loginAs(deps, "alice");
    const call = async () => await authenticate(deps, await present(deps, key, accessToken));
    expect(await call()).toMatchObject({ user: "alice" });
    await accept(await reset());
    await expect(call()).rejects.toMatchObject({ code: "auth.expired" });
  });

  test("comes in by no invite of before, whichever was first", async () => {
    const { invite_url } = await inviteUser(deps, admin, { name: "bob", roles: ["db"], ttl: "1h" });
    const first = secretOf(invite_url);
    const second = secretOf((await resetUser(deps, admin, { name: "bob", ttl: "1h" })).invite_url);
    const third = secretOf((await resetUser(deps, admin, { name: "bob", ttl: "1h" })).invite_url);
    for (const old of [first, second])
      await expect(accept(old)).rejects.toMatchObject({ code: "token.spent" });
    expect(await accept(third)).toEqual({ user: "bob" });
  });

  test("is not let in by an invite that is accepted while he is reset", async () => {
    for (let round = 0; round < 5; round += 1) {
      const old = await reset();
      const [, fresh] = await Promise.allSettled([accept(old, alicePassword), reset()]);
      const invite = fresh.status === "fulfilled" ? fresh.value : await reset();
      await expect(logIn(alicePassword)).rejects.toMatchObject({ code: "auth.invalid" });
      await accept(invite);
      deps.advance(3_600_000);
    }
  });

  test("is told to hosts as who he was: sessions of his next login are none of theirs", async () => {
    const stamp = async () => loginStamp((await loadAccount(deps, "alice")) ?? { id: "gone" });
    const before = await stamp();
    await accept(await reset());
    const host: Call<CallerOf<"host">> = {
      caller: { type: "host", hostId: "ho_1", thumbprint: "t" },
      address,
    };
    const { changes } = await getChanges(deps, host, {});
    expect(changes.map(({ change }) => change)).toMatchObject([
      { type: "user_ended", user: "alice", account: before },
    ]);
    expect(await stamp()).not.toBe(before);
  });

  test("is in the audit log", async () => {
    await reset();
    const { code, ...event } =
      (await allEvents(deps)).find(({ event: name }) => name === "reset_password_token.create") ?? {};
    expect({ code, ...event }).toMatchObject({
      code: "T6000I",
      user: "local-admin",
      name: "alice",
      success: true,
    });
  });
});

describe("a reset is refused, and audited, for", () => {
  const refusals = async () => (await allEvents(deps)).filter(({ code }) => code === "T6000W");

  test("a user who doesn't exist, naming the nearest", async () => {
    const data = expect.objectContaining({ hint: expect.stringContaining("alice") as string }) as object;
    await expect(resetUser(deps, admin, { name: "alcie", ttl: "1h" })).rejects.toMatchObject({
      code: "resource.missing",
      data,
    });
    expect(await refusals()).toHaveLength(1);
  });

  test("an invite of too long a life", async () => {
    await expect(resetUser(deps, admin, { name: "alice", ttl: "30d" })).rejects.toMatchObject({
      code: "input.invalid",
    });
  });

  test("who may not write users, and for who would become more than he is", async () => {
    const rules = [{ resources: ["user" as const], verbs: ["update" as const] }];
    await createRole(deps, "helpdesk", { allow: { rules } });
    await createUser(deps, "carol", ["helpdesk"]);
    await createUser(deps, "dave", []);
    const [carol, dave] = [await loginAs(deps, "carol"), await loginAs(deps, "dave")];
    for (const { call } of [carol, dave])
      await expect(resetUser(deps, call, { name: "alice", ttl: "1h" })).rejects.toMatchObject({
        code: "access.denied",
      });
    await expect(resetUser(deps, carol.call, { name: "dave", ttl: "1h" })).resolves.toMatchObject({
      user: "dave",
    });
    expect(await refusals()).toHaveLength(2);
  });
});
