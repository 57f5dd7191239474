import { DatabaseList } from "@postern/core/api/read";
import { formatTime, minute } from "@postern/core/time";
import { expect, test } from "vitest";
import { createScene, joinAsHost, served } from "../access/test-support.ts";
import { heartbeat } from "../host/heartbeat.ts";
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

test("a database is as healthy as its best server, whose address is shown; an unhealthy one says why", async () => {
  const { deps, host, alice } = await createScene();
  const other = await joinAsHost(deps);
  const since = formatTime(deps.clock());
  const say = async (call: typeof host, public_addr: string, status: "healthy" | "unhealthy") => {
    const reason = status === "unhealthy" ? { reason: "can't be reached" } : {};
    const health = [{ database: "aurora", status, since, ...reason }];
    await heartbeat(deps, call, { public_addr, version: "1", databases: [served("aurora")], health });
  };
  await say(host, "db.example.com:5440", "unhealthy");
  const listed = async () => (await listDatabases(deps, alice.call)).databases;
  expect(await listed()).toMatchObject([
    { health: "unhealthy", health_reason: "can't be reached", health_since: since },
  ]);
  await say(other, "db.example.com:5441", "healthy");
  expect(await listed()).toMatchObject([
    { health: "healthy", health_reason: null, public_addr: "db.example.com:5441" },
  ]);
  await say(other, "db.example.com:5441", "unhealthy");
  expect(await listed()).toMatchObject([{ health: "unhealthy" }]);
});
