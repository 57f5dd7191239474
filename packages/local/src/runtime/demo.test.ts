import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inviteUser } from "@postern/control/identity/invite";
import type { Base } from "@postern/control/ports";
import { deleteResource } from "@postern/control/resource/delete";
import { loadStored, loadUser } from "@postern/control/resource/load";
import { ensurePresets } from "@postern/control/resource/preset";
import { openSqliteStore } from "@postern/store/sqlite/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createBase } from "./control-plane.ts";
import { createDemo, localAdmin } from "./demo.ts";
import { loadSettings } from "./settings.ts";

let folder: string;
let base: Base;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "postern-demo-"));
  const store = openSqliteStore({ path: join(folder, "db"), now: Date.now });
  base = createBase(store, loadSettings(join(folder, "settings")), 3080);
  await ensurePresets(base);
});

afterEach(async () => {
  await base.store.close();
  rmSync(folder, { recursive: true });
});

test("alice can log in, and holds the role db of the guide", async () => {
  await createDemo(base, "a password");
  expect(await loadUser(base, "alice")).toMatchObject({
    spec: { roles: ["access", "db"], status: "active" },
  });
  expect((await loadStored(base, "role", "db"))?.resource.spec.allow).toEqual({
    db_labels: { "*": "*" },
    db_names: ["*"],
    db_users: ["*"],
  });
});

test("what somebody removes of it stays removed", async () => {
  await createDemo(base, "a password");
  await deleteResource(base, localAdmin, { kind: "role", name: "db" });
  await deleteResource(base, localAdmin, { kind: "user", name: "alice" });
  await createDemo(base, "a password");
  expect(await loadUser(base, "alice")).toBeUndefined();
  expect(await loadStored(base, "role", "db")).toBeUndefined();
});

test("one that was killed before alice had her password is finished by the next", async () => {
  await inviteUser(base, localAdmin, { name: "alice", roles: [], ttl: "1h" });
  await createDemo(base, "a password");
  expect(await loadUser(base, "alice")).toMatchObject({
    spec: { roles: ["access", "db"], status: "active" },
  });
});
