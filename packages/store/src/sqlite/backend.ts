import type { DatabaseSync } from "node:sqlite";
import { holds, isLive, nextVersion } from "../condition.ts";
import type { EncodedWrite, StoredItem } from "../item.ts";
import type { Backend, BackendCommitResult } from "../store.ts";
import { changeWriter, type RecordChange } from "./change-log.ts";
import { asStoreError } from "./error.ts";
import { housekeeper } from "./housekeeping.ts";
import { type ItemTable, itemTable } from "./item-table.ts";
import { inTransaction } from "./transaction.ts";

export function createBackend(db: DatabaseSync): Backend {
  const items = itemTable(db);
  const recordChange = changeWriter(db);
  const tidyUp = housekeeper(db, items, recordChange);
  return {
    read: async (key) => asStoreError(() => items.get(key)),
    page: async (span, count) =>
      asStoreError(() => {
        const found = items.span(span, count);
        return { items: found, more: found.length === count };
      }),
    commit: async (writes, now) =>
      asStoreError(() =>
        inTransaction(db, () => {
          tidyUp(now);
          return commit(items, recordChange, writes, now);
        }),
      ),
    close: () => db.close(),
  };
}

/** Checks every condition before the first write, so a conflict has nothing to undo. */
function commit(
  items: ItemTable,
  recordChange: RecordChange,
  writes: readonly EncodedWrite[],
  now: number,
): BackendCommitResult {
  const standing = writes.map((write) => items.get(write.key));
  const index = writes.findIndex((write, i) => !holds(write.condition, live(standing[i], now)));
  if (index >= 0) {
    return { type: "conflict", index, item: standing[index] };
  }
  for (const [i, write] of writes.entries()) {
    const after = apply(items, write, standing[i]);
    if (after !== standing[i]) {
      recordChange(now, standing[i], after);
    }
  }
  return { type: "committed" };
}

function live(item: StoredItem | undefined, now: number): StoredItem | undefined {
  return item && isLive(item, now) ? item : undefined;
}

/** Writes, and gives what stands afterwards. */
function apply(
  items: ItemTable,
  write: EncodedWrite,
  standing: StoredItem | undefined,
): StoredItem | undefined {
  switch (write.type) {
    case "check":
      return standing;
    case "delete":
      items.delete(write.key);
      return undefined;
    case "put": {
      const { type: _, condition, ...content } = write;
      const item = { ...content, version: nextVersion(condition, standing) };
      items.put(item);
      return item;
    }
    default:
      return write satisfies never;
  }
}
