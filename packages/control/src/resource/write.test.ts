import type { Resource } from "@postern/core/resource/resource";
import type { Role } from "@postern/core/resource/role";
import { expect, test } from "vitest";
import type { Call } from "../caller.ts";
import {
  admin,
  allEvents,
  createDeps,
  createRole,
  createUser,
  loginAs,
  type TestDeps,
} from "../identity/test-support.ts";
import { resourceKey } from "../keys.ts";
import { deleteResource } from "./delete.ts";
import type { Writer } from "./event.ts";
import { getResource, listResources } from "./get.ts";
import { loadHeldRoles, loadUser } from "./load.ts";
import { ensurePresets } from "./preset.ts";
import { writeResource } from "./write.ts";

const aws = {
  region: "us-west-1",
  account_id: null,
  resource_id: null,
  assume_role_arn: null,
  external_id: null,
};
const database = (env: string): Resource => ({
  kind: "db",
  version: "v3",
  metadata: { name: "aurora", labels: { env } },
  spec: { protocol: "postgres", uri: "db:5432", tls: { ca_cert_pem: null }, aws },
});
const role = (name: string, spec: Role["spec"] = {}): Resource => ({
  kind: "role",
  version: "v8",
  metadata: { name },
  spec,
});
const user = (name: string, roles: string[]): Resource => ({
  kind: "user",
  version: "v2",
  metadata: { name },
  spec: { roles },
});
const dba: Role["spec"] = { allow: { db_labels: { "*": "*" }, db_users: ["*"], db_names: ["*"] } };

async function write(deps: TestDeps, resource: Resource, replace = false, call: Call<Writer> = admin) {
  return await writeResource(deps, call, { resource, replace });
}

/** A user who may write roles and users, but holds nothing else. */
async function createWriter(deps: TestDeps) {
  await createRole(deps, "writer", {
    allow: {
      rules: [{ resources: ["role", "user"], verbs: ["list", "read", "create", "update", "delete"] }],
    },
  });
  await createUser(deps, "walter", ["writer"]);
  return (await loginAs(deps, "walter")).call;
}

test("a resource is created, read back, replaced when asked to, and deleted; each is audited", async () => {
  const deps = createDeps();
  expect(await write(deps, database("dev"))).toMatchObject({ created: true });
  await expect(write(deps, database("prod"))).rejects.toMatchObject({ code: "resource.exists" });
  expect(await write(deps, database("prod"), true)).toMatchObject({ created: false });
  expect(await getResource(deps, admin, { kind: "db", name: "aurora" })).toEqual(database("prod"));
  expect(await listResources(deps, admin, { kind: "db" })).toEqual({ resources: [database("prod")] });
  await deleteResource(deps, admin, { kind: "db", name: "aurora" });
  await expect(getResource(deps, admin, { kind: "db", name: "aurora" })).rejects.toMatchObject({
    code: "resource.missing",
  });
  const codes = (await allEvents(deps)).map(({ code }) => code);
  expect(codes.sort()).toEqual(["TDB03I", "TDB04I", "TDB04W", "TDB05I"]);
});

test("a missing resource is refused with the names that were meant", async () => {
  const deps = createDeps();
  await write(deps, database("dev"));
  const refused = getResource(deps, admin, { kind: "db", name: "aurorra" });
  await expect(refused).rejects.toMatchObject({ data: { hint: "did you mean `aurora`?" } });
  const nonsense = getResource(deps, admin, { kind: "db", name: "\ud800" });
  await expect(nonsense).rejects.toMatchObject({ code: "resource.missing" });
});

test("without the right nothing is read or written, and refused writes are audited with their reasons", async () => {
  const deps = createDeps();
  await createRole(deps, "nothing", {});
  await createUser(deps, "alice", ["nothing"]);
  const { call } = await loginAs(deps, "alice");
  const refused = { code: "access.denied", data: { decision_id: expect.any(String) } };
  await expect(listResources(deps, call, { kind: "role" })).rejects.toMatchObject(refused);
  await expect(getResource(deps, call, { kind: "role", name: "nothing" })).rejects.toMatchObject(refused);
  await expect(write(deps, role("mine"), false, call)).rejects.toMatchObject(refused);
  await expect(write(deps, role("nothing", dba), true, call)).rejects.toMatchObject(refused);
  await expect(deleteResource(deps, call, { kind: "user", name: "alice" })).rejects.toMatchObject(refused);
  const events = (await allEvents(deps)).filter((event) => "user" in event && event.user === "alice");
  expect(events).toEqual(
    expect.arrayContaining(
      ["T9000W", "T9002W", "T1004W"].map((code) =>
        expect.objectContaining({ code, success: false, reasons: [expect.any(String)] }),
      ),
    ),
  );
});

test("a right of one verb is not another's", async () => {
  const deps = createDeps();
  await createRole(deps, "creator", { allow: { rules: [{ resources: ["db"], verbs: ["create"] }] } });
  await createUser(deps, "carol", ["creator"]);
  const { call } = await loginAs(deps, "carol");
  await write(deps, database("dev"), false, call);
  await expect(write(deps, database("prod"), true, call)).rejects.toMatchObject({ code: "access.denied" });
  await expect(deleteResource(deps, call, { kind: "db", name: "aurora" })).rejects.toMatchObject({
    code: "access.denied",
  });
});

test("nobody writes a role or a user with rights that he hasn't", async () => {
  const deps = createDeps();
  const call = await createWriter(deps);
  await createRole(deps, "dba", dba);
  const refused = { code: "access.denied" };
  await expect(write(deps, role("mine", dba), false, call)).rejects.toMatchObject(refused);
  await expect(write(deps, role("writer", dba), true, call)).rejects.toMatchObject(refused);
  await expect(write(deps, user("walter", ["writer", "dba"]), true, call)).rejects.toMatchObject(refused);
  await expect(write(deps, user("puppet", ["dba"]), false, call)).rejects.toMatchObject(refused);
  expect((await loadUser(deps, "walter"))?.spec.roles).toEqual(["writer"]);
  await expect(write(deps, user("helper", ["writer"]), false, call)).resolves.toMatchObject({
    created: true,
  });
});

test("nobody lifts a denial by taking a role away or by editing it", async () => {
  const deps = createDeps();
  const call = await createWriter(deps);
  await createRole(deps, "no-prod", { deny: { db_labels: { env: "prod" } } });
  await write(deps, user("walter", ["writer", "no-prod"]), true);
  const refused = { code: "access.denied" };
  await expect(write(deps, user("walter", ["writer"]), true, call)).rejects.toMatchObject(refused);
  await expect(write(deps, role("no-prod"), true, call)).rejects.toMatchObject(refused);
});

test("a role that a user was left with, but that is gone, can be taken away", async () => {
  const deps = createDeps();
  await createRole(deps, "dev", {});
  await createUser(deps, "alice", ["dev"]);
  await deps.store.commit([
    { type: "delete", key: { pk: "resource#role", sk: "dev" }, condition: { type: "present" } },
  ]);
  await expect(loginAs(deps, "alice")).rejects.toMatchObject({ code: "access.denied" });
  await write(deps, user("alice", []), true);
  await expect(loginAs(deps, "alice")).resolves.toBeDefined();
});

test("a user's roles must exist", async () => {
  const deps = createDeps();
  await createRole(deps, "dev", {});
  const refused = write(deps, user("alice", ["dev", "devops", "de"]));
  await expect(refused).rejects.toMatchObject({
    code: "input.invalid",
    data: { issues: [{ path: "spec.roles[1]" }, { path: "spec.roles[2]" }], hint: "did you mean `dev`?" },
  });
});

test("a deleted role is taken from those who hold it, so that its namesake gives them nothing", async () => {
  const deps = createDeps();
  await createRole(deps, "dev", {});
  await createRole(deps, "ops", {});
  await createUser(deps, "alice", ["dev", "ops"]);
  await createUser(deps, "bob", ["ops"]);
  await deleteResource(deps, admin, { kind: "role", name: "dev" });
  expect((await loadUser(deps, "alice"))?.spec.roles).toEqual(["ops"]);
  await write(deps, role("dev", dba));
  expect((await loadUser(deps, "alice"))?.spec.roles).toEqual(["ops"]);
  const updates = (await allEvents(deps)).filter(({ event }) => event === "user.update");
  expect(updates).toMatchObject([{ name: "alice", roles: ["ops"], user: "local-admin", success: true }]);
});

test("a role gives nothing to whom its namesake was given while it was being deleted", async () => {
  const deps = createDeps();
  await write(deps, role("db"));
  await createUser(deps, "bob", []);
  await write(deps, user("bob", ["db"]), true);
  // As if the deletion had looked for holders a moment before.
  await deps.store.commit([
    { type: "delete", key: resourceKey("role", "db"), condition: { type: "present" } },
  ]);
  await write(deps, role("db", dba));
  expect((await loadUser(deps, "bob"))?.spec.roles).toEqual([]);
});

test("deleting a role whose denials bind others needs what it denies, or the right to escalate", async () => {
  const deps = createDeps();
  await createRole(deps, "no-prod", { deny: { db_labels: { env: "prod" } } });
  const walter = await createWriter(deps);
  const refused = deleteResource(deps, walter, { kind: "role", name: "no-prod" });
  await expect(refused).rejects.toMatchObject({ code: "access.denied" });
  await expect(deleteResource(deps, admin, { kind: "role", name: "no-prod" })).resolves.toEqual({});
});

test("of two who create the same at once exactly one does", async () => {
  const deps = createDeps();
  const results = await Promise.allSettled([write(deps, database("dev")), write(deps, database("prod"))]);
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
});

test("of two who replace the same at once neither overwrites what he hasn't seen", async () => {
  const deps = createDeps();
  await write(deps, database("dev"));
  const results = await Promise.allSettled([
    write(deps, database("stage"), true),
    write(deps, database("prod"), true),
  ]);
  const refusals = results.flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  expect(refusals).toMatchObject([{ code: "resource.changed" }]);
});

test("the presets are there after the first start, and what an admin made of them stays", async () => {
  const deps = createDeps();
  await ensurePresets(deps);
  await write(deps, role("auditor", { deny: { db_users: ["*"] } }), true);
  await ensurePresets(deps);
  const { resources } = await listResources(deps, admin, { kind: "role" });
  expect(resources.map(({ metadata }) => metadata.name)).toEqual(["access", "auditor", "editor"]);
  const auditor = await getResource(deps, admin, { kind: "role", name: "auditor" });
  expect(auditor).toMatchObject({ spec: { deny: { db_users: ["*"] } } });
});

test("an editor may grant anything, which the audit log shows", async () => {
  const deps = createDeps();
  await ensurePresets(deps);
  await createUser(deps, "edith", ["editor"]);
  const { call } = await loginAs(deps, "edith");
  await write(deps, role("dba", dba), false, call);
  const [event] = (await allEvents(deps)).filter(
    (event) => event.event === "role.created" && event.name === "dba",
  );
  expect(event).toMatchObject({
    code: "T9000I",
    user: "edith",
    reasons: [expect.any(String), expect.any(String)],
  });
});

test("hosts alone say which databases they serve", async () => {
  const deps = createDeps();
  expect(await listResources(deps, admin, { kind: "db_server" })).toEqual({ resources: [] });
  await expect(deleteResource(deps, admin, { kind: "db_server", name: "x" })).rejects.toMatchObject({
    code: "input.invalid",
  });
});

test("a change is refused where somebody else's came between reading and writing", async () => {
  const deps = createDeps();
  await write(deps, database("dev"));
  const change = async (from: Resource, to: Resource) =>
    await writeResource(deps, admin, { resource: to, replace: true, unchanged_from: from });
  await change(database("dev"), database("prod"));
  await expect(change(database("dev"), database("test"))).rejects.toMatchObject({ code: "resource.changed" });
  expect(await getResource(deps, admin, { kind: "db", name: "aurora" })).toEqual(database("prod"));
  await deleteResource(deps, admin, { kind: "db", name: "aurora" });
  await expect(change(database("prod"), database("test"))).rejects.toMatchObject({
    code: "resource.changed",
  });
});

test("of the roles that a user can't have, each is named by its place", async () => {
  const deps = createDeps();
  await createRole(deps, "dba", dba);
  await expect(write(deps, user("bob", ["dba", "dab", "x"]))).rejects.toMatchObject({
    data: { hint: "did you mean `dba`?", issues: [{ path: "spec.roles[1]" }, { path: "spec.roles[2]" }] },
  });
});

const templates: Role["spec"] = {
  allow: {
    db_labels: { "*": "*" },
    db_users: ["{{internal.db_users}}"],
    db_names: ["{{internal.db_names}}"],
  },
};
const withTraits = (name: string, roles: string[], traits: object): Resource => ({
  kind: "user",
  version: "v2",
  metadata: { name },
  spec: { roles, traits },
});

test("a user holds his roles with their templates filled by his traits, as they are now", async () => {
  const deps = createDeps();
  await createRole(deps, "own", templates);
  await createUser(deps, "bob", ["own"]);
  const usersOf = async () => (await loadHeldRoles(deps, "bob")).map(({ spec }) => spec.allow?.db_users);
  expect(await usersOf()).toEqual([[]]);
  await write(deps, withTraits("bob", ["own"], { db_users: ["bob"], db_names: ["postgres"] }), true);
  expect(await usersOf()).toEqual([["bob"]]);
});

test("traits are rights: who doesn't hold what they open, or close no longer, can't give them", async () => {
  const deps = createDeps();
  const own = { db_labels: { "*": "*" }, db_users: ["walter"], db_names: ["*"] };
  const rules = [{ resources: ["user" as const], verbs: ["update" as const] }];
  await createRole(deps, "writer", { allow: { ...own, rules } });
  await createRole(deps, "own", templates);
  await createRole(deps, "not", { deny: { db_users: ["{{internal.db_users}}"] } });
  await createUser(deps, "walter", ["writer"]);
  await createUser(deps, "bob", ["own"]);
  const { call } = await loginAs(deps, "walter");
  const give = async (db_users: string[]) =>
    await write(deps, withTraits("bob", ["own"], { db_users, db_names: ["postgres"] }), true, call);
  await expect(give(["walter"])).resolves.toMatchObject({ created: false });
  for (const users of [["postgres"], ["*"], ["walter", "admin"]])
    await expect(give(users)).rejects.toMatchObject({ code: "access.denied" });
  await write(deps, withTraits("bob", ["not"], { db_users: ["secret"] }), true);
  await expect(write(deps, withTraits("bob", ["not"], {}), true, call)).rejects.toMatchObject({
    code: "access.denied",
  });
});
