import { DatabaseList } from "@postern/core/api/read";
import { minute } from "@postern/core/time";
import { expect, test } from "vitest";
import { createScene } from "../access/test-support.ts";
import { admin, createRole, createUser, loginAs } from "../identity/test-support.ts";
import { listDatabases } from "./list.ts";

test("a user sees the databases that his roles select, as which users, and where they are served", async () => {
  const { deps, alice } = await createScene();
  const list = await listDatabases(deps, alice.call);
  expect(DatabaseList.parse(list)).toEqual(list);
  expect(list.databases).toMatchObject([
    { name: "aurora", allowed_users: "[alice]", public_addr: "db.example.com:5440", labels: { env: "dev" } },
  ]);
});

test("a user whose roles select nothing sees nothing", async () => {
  const { deps } = await createScene();
  await createRole(deps, "other", {
    allow: { db_labels: { env: "prod" }, db_users: ["*"], db_names: ["*"] },
  });
  await createUser(deps, "bob", ["other"]);
  expect((await listDatabases(deps, (await loginAs(deps, "bob")).call)).databases).toEqual([]);
});

test("an admin sees all, and opens none himself", async () => {
  const { deps } = await createScene();
  expect((await listDatabases(deps, admin)).databases).toMatchObject([
    { name: "aurora", allowed_users: "(none)" },
  ]);
});

test("a database whose hosts are silent is listed without an address", async () => {
  const { deps, alice } = await createScene();
  deps.advance(minute);
  expect((await listDatabases(deps, alice.call)).databases).toMatchObject([
    { public_addr: null, health: "unknown" },
  ]);
});
