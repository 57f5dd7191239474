/**
 * The change feed of SQLite: a row of `change` per changed item, written in the transaction that changes it. It holds
 * both images, as DynamoDB's NEW_AND_OLD_IMAGES does.
 */
import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../error.ts";
import { decodeItem, type StoredItem } from "../item.ts";
import { assertLimit } from "../limits.ts";
import type { Change, ChangeFeed, ChangePage } from "../port.ts";
import { asStoreError } from "./error.ts";
import { changeImage, imageOf, keyFromRow, type Row, whole } from "./row.ts";

/** One of `before` and `after` is there. */
export type RecordChange = (
  at: number,
  before: StoredItem | undefined,
  after: StoredItem | undefined,
) => void;

export function changeWriter(db: DatabaseSync): RecordChange {
  const insert = db.prepare(`
    INSERT INTO change (at, pk, sk, old_v, old_b, old_n, old_e, new_v, new_b, new_n, new_e)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  return (at, before, after) => {
    const key = (after ?? before)?.key;
    if (key) {
      insert.run(at, key.pk, key.sk, ...imageOf(before), ...imageOf(after));
    }
  };
}

export function changeFeed(db: DatabaseSync): ChangeFeed {
  const read = db.prepare("SELECT * FROM change WHERE seq > ? ORDER BY seq LIMIT ?");
  const kept = db.prepare(`
    SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'change'), 0) AS newest,
           (SELECT min(seq) FROM change) AS oldest`);
  return {
    changes: async (after, limit) => {
      assertLimit(limit);
      if (!db.isOpen) {
        throw new StoreError("store.closed", "the store is closed");
      }
      return asStoreError(() => {
        const start = startOf(after, kept.get() ?? {});
        return pageOf(read.all(start, limit), start);
      });
    },
  };
}

/** The number to read behind. INVARIANT: a page never skips a change that was there to be read. */
function startOf(cursor: string | undefined, kept: Row): number {
  const newest = whole(kept["newest"]);
  const trimmed = kept["oldest"] === null ? newest : whole(kept["oldest"]) - 1;
  if (cursor === undefined) {
    return trimmed;
  }
  const seq = /^\d{1,15}$/.test(cursor) ? Number(cursor) : Number.NaN;
  if (!(seq >= trimmed && seq <= newest)) {
    throw new StoreError("store.changes-trimmed", "the cursor's change is not kept here, start anew");
  }
  return seq;
}

function pageOf(rows: readonly Row[], start: number): ChangePage {
  const changes = rows.map(changeFromRow);
  return { changes, cursor: changes.at(-1)?.cursor ?? String(start) };
}

function changeFromRow(row: Row): Change {
  const before = changeImage(row, "old");
  const after = changeImage(row, "new");
  return {
    cursor: String(whole(row["seq"])),
    key: keyFromRow(row),
    ...(before ? { before: decodeItem(before) } : {}),
    ...(after ? { after: decodeItem(after) } : {}),
    at: whole(row["at"]),
  };
}
