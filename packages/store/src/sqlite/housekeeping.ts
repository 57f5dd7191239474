/**
 * What DynamoDB does by itself: expired items go (TTL), and changes are forgotten after a day (Streams). Once a minute
 * a commit does some of it on the way, in its own transaction. Portions are bounded, so that no commit is slow; while
 * they come out full the next commit goes on, and since one removes more than any commit adds, it catches up.
 */
import type { DatabaseSync } from "node:sqlite";
import type { RecordChange } from "./change-log.ts";
import type { ItemTable } from "./item-table.ts";
import { whole } from "./row.ts";

const EVERY_MS = 60_000;
const KEEP_CHANGES_MS = 24 * 60 * 60_000;
const PORTION = 500;

export function housekeeper(
  db: DatabaseSync,
  items: ItemTable,
  recordChange: RecordChange,
): (now: number) => void {
  const prune = changePruner(db);
  let due = Number.NEGATIVE_INFINITY;
  return (now) => {
    if (now >= due) {
      const done = Math.max(sweep(items, recordChange, now), prune(now - KEEP_CHANGES_MS));
      due = done < PORTION ? now + EVERY_MS : now;
    }
  };
}

/** Removes expired items, each with its change, and tells how many. */
function sweep(items: ItemTable, recordChange: RecordChange, now: number): number {
  const expired = items.expired(now, PORTION);
  for (const item of expired) {
    items.delete(item.key);
    recordChange(now, item, undefined);
  }
  return expired.length;
}

/**
 * Forgets the oldest changes made before `until`, and tells how many. Only ever from the beginning: a clock that was
 * set back must not leave a hole behind which a reader would not notice.
 */
function changePruner(db: DatabaseSync): (until: number) => number {
  const oldest = db.prepare("SELECT seq, at FROM change ORDER BY seq LIMIT ?");
  const remove = db.prepare("DELETE FROM change WHERE seq < ?");
  return (until) => {
    const rows = oldest.all(PORTION).map((row) => ({ seq: whole(row["seq"]), at: whole(row["at"]) }));
    const firstKept = rows.findIndex(({ at }) => at >= until);
    const old = firstKept < 0 ? rows : rows.slice(0, firstKept);
    const last = old.at(-1);
    if (last) {
      remove.run(last.seq + 1);
    }
    return old.length;
  };
}
