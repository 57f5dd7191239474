import { hour, minute } from "@postern/core/time";
import { expect, test } from "vitest";
import { inviteKey, resourcePartition } from "../keys.ts";
import { deleteResource } from "../resource/delete.ts";
import { loadUser } from "../resource/load.ts";
import { acceptInvite } from "./accept-invite.ts";
import { inviteUser } from "./invite.ts";
import { login } from "./login.ts";
import { hashSecret } from "./secret.ts";
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
  origin,
  secretOf,
  type TestDeps,
} from "./test-support.ts";

const password = "a new and long password";

async function invited(deps: TestDeps): Promise<string> {
  await createRole(deps, "dev", {});
  const { invite_url } = await inviteUser(deps, admin, { name: "alice", roles: ["dev"], ttl: "1h" });
  return secretOf(invite_url);
}

test("an invite makes a user who can log in once it is accepted", async () => {
  const deps = createDeps();
  await createRole(deps, "dev", {});
  const answer = await inviteUser(deps, admin, { name: "alice", roles: ["dev", "dev"], ttl: "1h" });
  expect(answer.invite_url).toMatch(new RegExp(`^${origin}/invite#[A-Za-z0-9_-]{43}$`));
  expect(Date.parse(answer.expires_at)).toBe(deps.clock() + hour);
  expect((await loadUser(deps, "alice"))?.spec).toEqual({ roles: ["dev"], status: "invited" });
  await acceptInvite(deps, admin, { invite: secretOf(answer.invite_url), password });
  expect((await loadUser(deps, "alice"))?.spec.status).toBe("active");
  const { user } = await login(deps, await keyCall(createSigner()), { user: "alice", password });
  expect(user).toBe("alice");
  const codes = (await allEvents(deps)).map(({ code }) => code);
  expect(codes).toEqual(expect.arrayContaining(["T1002I", "T1005I", "T1000I"]));
});

test("of two who accept at once exactly one sets the password", async () => {
  const deps = createDeps();
  const invite = await invited(deps);
  const passwords = ["first of two passwords", "second of two passwords"];
  const results = await Promise.allSettled(
    passwords.map(async (password) => await acceptInvite(deps, admin, { invite, password })),
  );
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const winner = results.findIndex(({ status }) => status === "fulfilled");
  const key = await keyCall(createSigner());
  await expect(login(deps, key, { user: "alice", password: passwords[winner] ?? "" })).resolves.toBeDefined();
  await expect(
    login(deps, key, { user: "alice", password: passwords[1 - winner] ?? "" }),
  ).rejects.toMatchObject({
    code: "auth.invalid",
  });
});

test("an unknown, a spent and an expired invite are refused alike; the audit log tells which", async () => {
  const deps = createDeps();
  const spent = await invited(deps);
  await acceptInvite(deps, admin, { invite: spent, password });
  const { invite_url } = await inviteUser(deps, admin, { name: "bob", roles: ["dev"], ttl: "1h" });
  deps.advance(hour);
  const refusals = [];
  for (const invite of ["unknown", spent, secretOf(invite_url)]) {
    refusals.push(await acceptInvite(deps, admin, { invite, password }).catch((error: unknown) => error));
  }
  for (const refusal of refusals) {
    expect(refusal).toMatchObject({ code: "token.spent" });
    expect(String(refusal)).toBe(String(refusals[0]));
  }
  const failures = (await allEvents(deps)).flatMap((event) =>
    event.event === "user.password_change" && !event.success ? [`${event.user}: ${event.message}`] : [],
  );
  expect(failures.sort()).toEqual(["alice: the invite was spent before", "bob: the invite is over"]);
});

test("an invite of a deleted user is nothing to a namesake", async () => {
  const deps = createDeps();
  const invite = await invited(deps);
  await deleteResource(deps, admin, { kind: "user", name: "alice" });
  await createUser(deps, "alice", ["dev"]);
  await expect(acceptInvite(deps, admin, { invite, password })).rejects.toMatchObject({
    code: "token.spent",
  });
  const key = await keyCall(createSigner());
  await expect(login(deps, key, { user: "alice", password: alicePassword })).resolves.toBeDefined();
});

test("a name that exists, one that can't be, an unknown role and too long a time are refused and audited", async () => {
  const deps = createDeps();
  await invited(deps);
  const good = { name: "bob", roles: ["dev"], ttl: "1h" };
  const cases = [
    [{ ...good, name: "alice" }, "resource.exists"],
    [{ ...good, name: "Bob" }, "input.invalid"],
    [{ ...good, roles: ["devs"] }, "input.invalid"],
    [{ ...good, ttl: "49h" }, "input.invalid"],
  ] as const;
  for (const [input, code] of cases) {
    await expect(inviteUser(deps, admin, { ...input, roles: [...input.roles] })).rejects.toMatchObject({
      code,
    });
  }
  expect((await allEvents(deps)).filter(({ code }) => code === "T1002W")).toHaveLength(cases.length);
  const typo = inviteUser(deps, admin, { ...good, roles: ["devs"] });
  await expect(typo).rejects.toMatchObject({ data: { hint: "did you mean `dev`?" } });
});

test("of two invites for one name exactly one makes the user", async () => {
  const deps = createDeps();
  await createRole(deps, "dev", {});
  const invite = async () => await inviteUser(deps, admin, { name: "alice", roles: ["dev"], ttl: "1h" });
  const results = await Promise.allSettled([invite(), invite()]);
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
});

test("nobody invites with rights that he hasn't, unless he may escalate", async () => {
  const deps = createDeps();
  const rules = (verbs: ("create" | "escalate")[]) => ({
    allow: { rules: [{ resources: ["user" as const], verbs }] },
  });
  await createRole(deps, "inviter", rules(["create"]));
  await createRole(deps, "escalator", rules(["escalate"]));
  await createRole(deps, "dba", { allow: { db_labels: { "*": "*" }, db_users: ["*"], db_names: ["*"] } });
  await createUser(deps, "mallory", ["inviter"]);
  await createUser(deps, "eve", ["inviter", "escalator"]);
  const [mallory, eve] = [await loginAs(deps, "mallory"), await loginAs(deps, "eve")];
  const refused = inviteUser(deps, mallory.call, { name: "puppet", roles: ["dba"], ttl: "1h" });
  await expect(refused).rejects.toMatchObject({
    code: "access.denied",
    data: { decision_id: expect.any(String) },
  });
  deps.advance(1);
  const own = inviteUser(deps, mallory.call, { name: "helper", roles: ["inviter"], ttl: "1h" });
  await expect(own).resolves.toMatchObject({ user: "helper" });
  await inviteUser(deps, eve.call, { name: "puppet", roles: ["dba"], ttl: "1h" });
  const events = (await allEvents(deps)).filter(
    (event) => event.event === "user.create" && event.name === "puppet",
  );
  const reasons = expect.arrayContaining([expect.stringContaining("dba")]);
  expect(events).toMatchObject([
    { code: "T1002W", user: "mallory", reasons },
    { code: "T1002I", user: "eve", reasons },
  ]);
});

test("without the right to create users nobody is invited", async () => {
  const deps = createDeps();
  await createRole(deps, "dev", {});
  await createUser(deps, "alice", ["dev"]);
  const { call } = await loginAs(deps, "alice");
  const refused = inviteUser(deps, call, { name: "bob", roles: ["dev"], ttl: "1h" });
  await expect(refused).rejects.toMatchObject({ code: "access.denied" });
  expect(await loadUser(deps, "bob")).toBeUndefined();
});

test("the secret is in the URL alone: neither in an item nor in an event", async () => {
  const deps = createDeps();
  const invite = await invited(deps);
  const item = await deps.store.get(inviteKey(hashSecret(invite)));
  const users = await deps.store.query({ pk: resourcePartition("user"), limit: 10 });
  deps.advance(minute);
  await acceptInvite(deps, admin, { invite, password });
  await acceptInvite(deps, admin, { invite, password }).catch(() => undefined);
  const text = JSON.stringify([item?.value, users, await allEvents(deps)]);
  expect(item).toBeDefined();
  expect(text).not.toContain(invite);
});
