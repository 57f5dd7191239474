import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "./database.ts";
import { openSqliteStore } from "./store.ts";

const incrementer = fileURLToPath(new URL("test-support/incrementer.ts", import.meta.url));
const key = { pk: "a", sk: "b" };
const now = () => 1_900_000_000_000;

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-sqlite-"));
  path = join(folder, "store.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = () => openSqliteStore({ path, now });

test("what was committed is there after closing and opening again", async () => {
  const first = open();
  await first.commit([{ type: "put", key, value: { kept: true }, condition: { type: "absent" } }]);
  const { cursor } = await first.changes(undefined, 10);
  await first.close();
  const second = open();
  expect(await second.get(key)).toEqual({ key, value: { kept: true }, version: 1 });
  expect(await second.changes(cursor, 10)).toEqual({ changes: [], cursor });
  await second.close();
});

test("the file and those beside it are for their owner alone, also one that was open to others", async () => {
  const store = open();
  await store.commit([{ type: "delete", key, condition: { type: "none" } }]);
  const modes = ["", "-wal", "-shm"].map((suffix) => statSync(path + suffix).mode & 0o777);
  expect(modes).toEqual([0o600, 0o600, 0o600]);
  await store.close();
  chmodSync(path, 0o644);
  await open().close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("every commit is synced to the disk, through a write-ahead log", () => {
  const db = openDatabase(path);
  const settings = ["journal_mode", "synchronous", "fullfsync"].map((name) =>
    db.prepare(`PRAGMA ${name}`).get(),
  );
  expect(settings).toEqual([{ journal_mode: "wal" }, { synchronous: 2 }, { fullfsync: 1 }]);
  db.close();
});

test("a file of a newer release is refused and left as it is", async () => {
  await open().close();
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version = 2");
  db.close();
  const before = readFileSync(path);
  expect(open).toThrow(expect.objectContaining({ code: "store.schema-newer" }));
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("what is not a database is refused and left as it is", () => {
  writeFileSync(path, "not a database, but long enough to be taken for one: ".repeat(100));
  expect(open).toThrow(expect.objectContaining({ code: "store.corrupt" }));
  expect(readFileSync(path, "utf8")).toMatch(/^not a database/);
});

test("a value that something else wrote is refused, not guessed at", async () => {
  const store = open();
  await store.commit([{ type: "put", key, value: {}, condition: { type: "absent" } }]);
  const db = new DatabaseSync(path);
  for (const wrong of ["not json", "[]", "null", "1"]) {
    db.prepare("UPDATE item SET v = ?").run(wrong);
    await expect(store.get(key)).rejects.toMatchObject({ code: "store.corrupt" });
  }
  db.close();
  await store.close();
});

test("when another process holds the write lock for too long, a commit is refused and reads go on", async () => {
  const store = open();
  await store.commit([{ type: "put", key, value: {}, condition: { type: "absent" } }]);
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  expect(await store.get(key)).toMatchObject({ version: 1 });
  const commit = store.commit([{ type: "delete", key, condition: { type: "none" } }]);
  await expect(commit).rejects.toMatchObject({ code: "store.busy" });
  other.exec("ROLLBACK");
  other.close();
  expect(await store.commit([{ type: "delete", key, condition: { type: "present" } }])).toEqual({
    type: "committed",
  });
  await store.close();
});

test("processes that open one file at once wait for each other and lose nothing", async () => {
  const children = [1, 2, 3].map(() =>
    spawn(process.execPath, [incrementer, path, "40"], { stdio: ["ignore", "ignore", "inherit"] }),
  );
  const exits = await Promise.all(children.map(async (child) => await once(child, "exit")));
  expect(exits).toEqual([1, 2, 3].map(() => [0, null]));
  const store = open();
  expect(await store.get({ pk: "shared", sk: "counter" })).toMatchObject({
    value: { uses: 120 },
    version: 120,
  });
  await store.close();
}, 30_000);
