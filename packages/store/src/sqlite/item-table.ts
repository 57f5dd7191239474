import type { DatabaseSync } from "node:sqlite";
import type { StoredItem } from "../item.ts";
import type { Key } from "../port.ts";
import type { Span } from "../range.ts";
import { imageOf, itemFromRow } from "./row.ts";

/** The statements over `item`, prepared once. Knows nothing of expiry but where to find the expired. */
export interface ItemTable {
  get(key: Key): StoredItem | undefined;
  /** Both ends of the span included, in its direction. */
  span(span: Span, count: number): StoredItem[];
  expired(now: number, count: number): StoredItem[];
  put(item: StoredItem): void;
  delete(key: Key): void;
}

/** Any blob sorts above any text (sqlite.org/datatype3.html 4.1), so the empty one is above every sort key. */
const ABOVE_ALL_TEXT = new Uint8Array(0);

export function itemTable(db: DatabaseSync): ItemTable {
  const select = "SELECT pk, sk, v, b, n, e FROM item";
  const get = db.prepare(`${select} WHERE pk = ? AND sk = ?`);
  const forward = db.prepare(`${select} WHERE pk = ? AND sk >= ? AND sk <= ? ORDER BY sk LIMIT ?`);
  const backward = db.prepare(`${select} WHERE pk = ? AND sk >= ? AND sk <= ? ORDER BY sk DESC LIMIT ?`);
  const expired = db.prepare(`${select} WHERE e <= ? ORDER BY e LIMIT ?`);
  const put = db.prepare(`
    INSERT INTO item (pk, sk, v, b, n, e) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (pk, sk) DO UPDATE SET v = excluded.v, b = excluded.b, n = excluded.n, e = excluded.e`);
  const remove = db.prepare("DELETE FROM item WHERE pk = ? AND sk = ?");
  return {
    get: ({ pk, sk }) => {
      const row = get.get(pk, sk);
      return row && itemFromRow(row);
    },
    span: ({ pk, low, high, reverse }, count) =>
      (reverse ? backward : forward)
        .all(pk, low?.sk ?? "", high?.sk ?? ABOVE_ALL_TEXT, count)
        .map(itemFromRow),
    expired: (now, count) => expired.all(now, count).map(itemFromRow),
    put: (item) => void put.run(item.key.pk, item.key.sk, ...imageOf(item)),
    delete: ({ pk, sk }) => void remove.run(pk, sk),
  };
}
