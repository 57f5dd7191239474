/** Rows of `item`, and the two images of an item in a row of `change`, to stored items and back. */
import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import { StoreError } from "../error.ts";
import type { StoredItem } from "../item.ts";
import type { Key } from "../port.ts";

export type Row = Record<string, SQLOutputValue>;

/** Columns v, b, n, e, as the statements order them. */
export type ImageColumns = readonly [SQLInputValue, SQLInputValue, SQLInputValue, SQLInputValue];

export function imageOf(item: StoredItem | undefined): ImageColumns {
  return item
    ? [item.json, item.bytes ?? null, item.version, item.expiresAt ?? null]
    : [null, null, null, null];
}

export function keyFromRow(row: Row): Key {
  return { pk: text(row["pk"]), sk: text(row["sk"]) };
}

export function itemFromRow(row: Row): StoredItem {
  return itemFromImage(keyFromRow(row), [row["v"], row["b"], row["n"], row["e"]]);
}

/** The image in the columns `old_…` or `new_…` of a change; undefined where nothing stood. */
export function changeImage(row: Row, image: "old" | "new"): StoredItem | undefined {
  const columns = ["v", "b", "n", "e"].map((column) => row[`${image}_${column}`]);
  return columns[0] === null ? undefined : itemFromImage(keyFromRow(row), columns);
}

function itemFromImage(key: Key, [v, b, n, e]: readonly (SQLOutputValue | undefined)[]): StoredItem {
  return {
    key,
    json: text(v),
    version: whole(n),
    ...(b === null ? {} : { bytes: blob(b) }),
    ...(e === null ? {} : { expiresAt: whole(e) }),
  };
}

export function whole(value: SQLOutputValue | undefined): number {
  return typeof value === "number" ? value : corrupt("a whole number");
}

function text(value: SQLOutputValue | undefined): string {
  return typeof value === "string" ? value : corrupt("text");
}

function blob(value: SQLOutputValue | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : corrupt("bytes");
}

function corrupt(expected: string): never {
  throw new StoreError("store.corrupt", `the database holds something else where ${expected} should be`);
}
