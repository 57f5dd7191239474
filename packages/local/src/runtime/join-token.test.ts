import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostKey } from "@postern/control/keys";
import type { Base } from "@postern/control/ports";
import { openSqliteStore } from "@postern/store/sqlite/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createBase } from "./control-plane.ts";
import { type DataFolder, openDataFolder } from "./data-folder.ts";
import { keepJoinToken } from "./join-token.ts";
import { loadSettings } from "./settings.ts";

let folder: DataFolder;
let base: Base;

beforeEach(() => {
  folder = openDataFolder(mkdtempSync(join(tmpdir(), "postern-join-")));
  mkdirSync(folder.proxyState);
  const store = openSqliteStore({ path: folder.sqlite, now: Date.now });
  base = createBase(store, loadSettings(folder.settings), 3080);
});

afterEach(async () => {
  await base.store.close();
  rmSync(folder.path, { recursive: true });
});

const hostId = "ho_01M82GZWGXN9KRV6FE5YG49ZJ3";
const remember = (identity: object | null) =>
  writeFileSync(join(folder.proxyState, "host.json"), JSON.stringify({ key: {}, identity }));

test("a proxy that was never here gets a token, for its eyes alone", async () => {
  await keepJoinToken(base, folder);
  expect(readFileSync(folder.joinToken, "utf8")).toMatch(/^[0-9a-f]{32}$/);
  expect(statSync(folder.joinToken).mode & 0o777).toBe(0o600);
});

test("so does one that was killed before it joined, and one that isn't known any more", async () => {
  for (const identity of [null, { host_id: hostId }]) {
    remember(identity);
    await keepJoinToken(base, folder);
    expect(existsSync(folder.joinToken)).toBe(true);
    rmSync(folder.joinToken);
  }
});

test("one that is known needs none", async () => {
  remember({ host_id: hostId });
  const host = {
    host_id: hostId,
    thumbprint: "t",
    names: ["localhost"],
    token_name: "0d7ad74b",
    created_by: { type: "admin", name: "local-admin" },
    joined_at: 0,
  };
  await base.store.commit([{ type: "put", key: hostKey(hostId), value: host, condition: { type: "none" } }]);
  await keepJoinToken(base, folder);
  expect(existsSync(folder.joinToken)).toBe(false);
});
