import { createTotpSecret } from "@postern/core/credential/totp";
import { codeAt } from "@postern/core/credential/totp.fixture";
import { minute, second } from "@postern/core/time";
import { expect, test } from "vitest";
import { secondFactorKey } from "../keys.ts";
import { deleteResource } from "../resource/delete.ts";
import { acceptInvite } from "./accept-invite.ts";
import { inviteUser } from "./invite.ts";
import { login } from "./login.ts";
import { describeInvite } from "./open-invite.ts";
import { resetUser } from "./reset-user.ts";
import {
  admin,
  alicePassword,
  allEvents,
  createDeps,
  createRole,
  createSigner,
  createUser,
  keyCall,
  secretOf,
  type TestDeps,
} from "./test-support.ts";

/** Alice, invited and with a second factor; the code that she showed is of the clock's period. */
async function withAlice(): Promise<{ deps: TestDeps; secret: string }> {
  const deps = createDeps();
  await createRole(deps, "dev", {});
  const secret = createTotpSecret(deps.random);
  const invite = await inviteOf(deps);
  const otp = { secret, code: codeAt(secret, deps.clock()) };
  await acceptInvite(deps, admin, { invite, password: alicePassword, otp });
  return { deps, secret };
}

async function inviteOf(deps: TestDeps): Promise<string> {
  const { invite_url } = await inviteUser(deps, admin, { name: "alice", roles: ["dev"], ttl: "1h" });
  return secretOf(invite_url);
}

async function tryLogin(deps: TestDeps, otp?: string, password = alicePassword) {
  return await login(deps, await keyCall(createSigner()), { user: "alice", password, otp });
}

const refused = (code: string) => expect.objectContaining({ code });

test("a user with a second factor logs in with password and code, and the audit log says by what", async () => {
  const { deps, secret } = await withAlice();
  deps.advance(minute);
  await expect(tryLogin(deps)).rejects.toEqual(refused("auth.second_factor"));
  deps.advance(second);
  expect(await tryLogin(deps, codeAt(secret, deps.clock()))).toMatchObject({ user: "alice" });
  const events = await allEvents(deps);
  expect(events).toContainEqual(expect.objectContaining({ code: "T1006I", user: "alice", success: true }));
  const logins = events.filter(({ event }) => event === "user.login");
  expect(logins).toMatchObject([{ code: "T1000W" }, { code: "T1000I", second_factor: "otp" }]);
});

test("without the right password nobody learns whether there is a second factor", async () => {
  const { deps, secret } = await withAlice();
  deps.advance(minute);
  await expect(tryLogin(deps, undefined, "wrong")).rejects.toEqual(refused("auth.invalid"));
  const code = codeAt(secret, deps.clock());
  await expect(tryLogin(deps, code, "wrong")).rejects.toEqual(refused("auth.invalid"));
});

test("a code is good once, those before it no more, the next one again", async () => {
  const { deps, secret } = await withAlice();
  const shown = codeAt(secret, deps.clock());
  await expect(tryLogin(deps, shown)).rejects.toEqual(refused("auth.invalid")); // used to set it up
  deps.advance(minute);
  const [before, code] = [codeAt(secret, deps.clock() - 30 * second), codeAt(secret, deps.clock())];
  await tryLogin(deps, code);
  await expect(tryLogin(deps, code)).rejects.toEqual(refused("auth.invalid"));
  await expect(tryLogin(deps, before)).rejects.toEqual(refused("auth.invalid"));
  deps.advance(30 * second);
  expect(await tryLogin(deps, codeAt(secret, deps.clock()))).toMatchObject({ user: "alice" });
});

test("of several who use one code at once exactly one gets in", async () => {
  const { deps, secret } = await withAlice();
  deps.advance(minute);
  const code = codeAt(secret, deps.clock());
  const tries = await Promise.allSettled(Array.from({ length: 4 }, async () => await tryLogin(deps, code)));
  const failures = tries.flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
  expect(failures).toEqual(Array.from({ length: 3 }, () => refused("auth.invalid")));
});

test("guessing codes is slowed down as guessing passwords is", async () => {
  const { deps } = await withAlice();
  for (let tried = 0; tried < 5; tried += 1)
    await expect(tryLogin(deps, "000000")).rejects.toEqual(refused("auth.invalid"));
  await expect(tryLogin(deps, "000000")).rejects.toEqual(refused("limit.exceeded"));
});

test("who knows the password has the time to type the code, whoever else tries; guesses stay counted", async () => {
  const { deps, secret } = await withAlice();
  for (let tried = 0; tried < 8; tried += 1) {
    await expect(tryLogin(deps, undefined, "wrong")).rejects.toEqual(refused("auth.invalid"));
    deps.advance(5 * minute);
  }
  for (let asked = 0; asked < 3; asked += 1)
    await expect(tryLogin(deps)).rejects.toEqual(refused("auth.second_factor"));
  deps.advance(second);
  expect(await tryLogin(deps, codeAt(secret, deps.clock()))).toMatchObject({ user: "alice" });
  for (let tried = 0; tried < 5; tried += 1) {
    await expect(tryLogin(deps)).rejects.toEqual(refused("auth.second_factor"));
    await expect(tryLogin(deps, "000000")).rejects.toEqual(refused("auth.invalid"));
  }
  await expect(tryLogin(deps)).rejects.toEqual(refused("limit.exceeded"));
});

test("a login that overlaps a reset and the next invite leaves the new second factor as it is", async () => {
  const { deps, secret } = await withAlice();
  deps.advance(minute);
  const commit = deps.store.commit.bind(deps.store);
  const fresh = createTotpSecret(deps.random);
  const otp = { secret: fresh, code: codeAt(fresh, deps.clock()) };
  const interrupted = {
    ...deps.store,
    get: deps.store.get.bind(deps.store),
    query: deps.store.query.bind(deps.store),
  };
  let isFirst = true;
  const slow: TestDeps = {
    ...deps,
    store: {
      ...interrupted,
      commit: async (writes) => {
        const opensSession = writes.some(({ key }) => key.sk === "login");
        if (opensSession && isFirst) {
          isFirst = false;
          const { invite_url } = await resetUser(deps, admin, { name: "alice", ttl: "1h" });
          await acceptInvite(deps, admin, { invite: secretOf(invite_url), password: alicePassword, otp });
        }
        return await commit(writes);
      },
    },
  };
  await expect(tryLogin(slow, codeAt(secret, deps.clock()))).rejects.toEqual(refused("auth.invalid"));
  deps.advance(minute);
  expect(await tryLogin(deps, codeAt(fresh, deps.clock()))).toMatchObject({ user: "alice" });
});

test("a code is refused where there is nothing to check it by", async () => {
  const deps = createDeps();
  await createRole(deps, "dev", {});
  await createUser(deps, "alice", ["dev"]);
  await expect(tryLogin(deps, "123456")).rejects.toEqual(refused("input.invalid"));
  expect(await tryLogin(deps)).toMatchObject({ user: "alice" });
});

test("a wrong code sets up nothing and leaves the invite as good as it was", async () => {
  const deps = createDeps();
  await createRole(deps, "dev", {});
  const invite = await inviteOf(deps);
  const secret = createTotpSecret(deps.random);
  const otp = { secret, code: codeAt(secret, deps.clock() - 5 * minute) };
  await expect(acceptInvite(deps, admin, { invite, password: alicePassword, otp })).rejects.toMatchObject({
    code: "input.invalid",
    data: { issues: [{ path: "otp.code" }] },
  });
  expect(await describeInvite(deps, admin, { invite })).toMatchObject({
    user: "alice",
    cluster_name: "test",
  });
  await acceptInvite(deps, admin, { invite, password: alicePassword });
  expect(await tryLogin(deps)).toMatchObject({ user: "alice" });
});

test("the secret is nowhere in the store", async () => {
  const { deps, secret } = await withAlice();
  const item = await deps.store.get(secondFactorKey("alice"));
  expect(item).toBeDefined();
  expect(JSON.stringify(item)).not.toContain(secret);
});

test("a reset ends the second factor with the password: the next invite decides anew", async () => {
  const { deps } = await withAlice();
  const { invite_url } = await resetUser(deps, admin, { name: "alice", ttl: "1h" });
  expect(await deps.store.get(secondFactorKey("alice"))).toBeUndefined();
  await acceptInvite(deps, admin, { invite: secretOf(invite_url), password: alicePassword });
  expect(await tryLogin(deps)).toMatchObject({ user: "alice" });
});

test("a deleted user's second factor is gone with him, and none of his namesake's", async () => {
  const { deps } = await withAlice();
  await deleteResource(deps, admin, { kind: "user", name: "alice" });
  expect(await deps.store.get(secondFactorKey("alice"))).toBeUndefined();
  await acceptInvite(deps, admin, { invite: await inviteOf(deps), password: alicePassword });
  expect(await tryLogin(deps)).toMatchObject({ user: "alice" });
});

test("whose an invite is is told as long as it is good, and a try at one that isn't is audited", async () => {
  const deps = createDeps();
  await createRole(deps, "dev", {});
  const invite = await inviteOf(deps);
  const told = { user: "alice", cluster_name: "test" };
  expect(await describeInvite(deps, admin, { invite })).toMatchObject(told);
  expect(await describeInvite(deps, admin, { invite })).toMatchObject(told); // told again: that spends nothing
  await acceptInvite(deps, admin, { invite, password: alicePassword });
  await expect(describeInvite(deps, admin, { invite })).rejects.toEqual(refused("token.spent"));
  await expect(describeInvite(deps, admin, { invite: "unknown" })).rejects.toEqual(refused("token.spent"));
  const refusals = (await allEvents(deps)).filter(({ code }) => code === "T1005W");
  expect(refusals).toMatchObject([{ user: "alice", message: "the invite was spent before" }]);
});
