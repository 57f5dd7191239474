import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fakeClock, fill, put } from "../contract/context.ts";
import { openSqliteStore } from "./store.ts";

const DAY = 24 * 60 * 60_000;

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-sqlite-"));
  path = join(folder, "store.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

function count(table: "item" | "change"): number {
  const db = new DatabaseSync(path);
  try {
    return Number(db.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.["rows"]);
  } finally {
    db.close();
  }
}

test("expired items go, a minute's commits apart, and each shows as removed", async () => {
  const clock = fakeClock();
  const store = openSqliteStore({ path, now: clock.now });
  const key = { pk: "p", sk: "short" };
  await store.commit([put(key, { n: 1 }, { expiresAt: clock.now() + 10 }), put({ pk: "p", sk: "long" }, {})]);
  const { cursor } = await store.changes(undefined, 10);

  clock.advance(59_999);
  await store.commit([put({ pk: "p", sk: "x" }, {})]);
  expect(count("item")).toBe(3);
  clock.advance(1);
  await store.commit([put({ pk: "p", sk: "y" }, {})]);
  expect(count("item")).toBe(3);

  const { changes } = await store.changes(cursor, 10);
  expect(changes.map(({ key, before, after }) => [key.sk, before?.version, after?.version])).toEqual([
    ["x", undefined, 1],
    ["short", 1, undefined],
    ["y", undefined, 1],
  ]);
  await store.close();
});

test("changes are kept for a day; who comes later is told that some are gone", async () => {
  const clock = fakeClock();
  const store = openSqliteStore({ path, now: clock.now });
  await fill(store, "p", ["a", "b"]);
  const early = await store.changes(undefined, 1);
  clock.advance(DAY);
  await fill(store, "p", ["c"]);
  expect((await store.changes(early.cursor, 10)).changes.map(({ key }) => key.sk)).toEqual(["b", "c"]);

  clock.advance(60_000);
  await fill(store, "p", ["d"]);
  await expect(store.changes(early.cursor, 10)).rejects.toMatchObject({ code: "store.changes-trimmed" });
  const anew = await store.changes(undefined, 10);
  expect(anew.changes.map(({ key }) => key.sk)).toEqual(["c", "d"]);
  await store.close();
});

test("when all changes were forgotten, the newest cursor still stands, and an older one does not", async () => {
  const clock = fakeClock();
  const store = openSqliteStore({ path, now: clock.now });
  await fill(store, "p", ["a"]);
  await fill(store, "p", ["b"]);
  const [older, newest] = (await store.changes(undefined, 10)).changes.map(({ cursor }) => cursor);
  clock.advance(DAY + 60_000);
  await store.commit([{ type: "delete", key: { pk: "p", sk: "none" }, condition: { type: "none" } }]);
  expect(count("change")).toBe(0);
  expect(await store.changes(newest, 10)).toEqual({ changes: [], cursor: newest });
  expect(await store.changes(undefined, 10)).toEqual({ changes: [], cursor: newest });
  await expect(store.changes(older, 10)).rejects.toMatchObject({ code: "store.changes-trimmed" });
  await store.close();
});

test("a clock that was set back leaves no hole in what is kept", async () => {
  const clock = fakeClock();
  const store = openSqliteStore({ path, now: clock.now });
  await fill(store, "p", ["new"]);
  clock.advance(-2 * DAY);
  await fill(store, "p", ["old"]);
  clock.advance(2 * DAY + 60_000);
  await fill(store, "p", ["newest"]);
  expect((await store.changes(undefined, 10)).changes.map(({ key }) => key.sk)).toEqual([
    "new",
    "old",
    "newest",
  ]);
  await store.close();
});

test("a backlog is worked off commit by commit", async () => {
  const clock = fakeClock();
  const store = openSqliteStore({ path, now: clock.now });
  for (let start = 0; start < 1200; start += 100) {
    const expiresAt = clock.now() + 1;
    await store.commit(
      Array.from({ length: 100 }, (_, i) => put({ pk: "p", sk: String(start + i) }, {}, { expiresAt })),
    );
  }
  clock.advance(60_000);
  const left: number[] = [];
  for (let i = 0; i < 4; i += 1) {
    await store.commit([{ type: "delete", key: { pk: "p", sk: "none" }, condition: { type: "none" } }]);
    left.push(count("item"));
  }
  expect(left).toEqual([700, 200, 0, 0]);
  await store.close();
});
