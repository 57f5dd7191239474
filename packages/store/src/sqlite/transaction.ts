import type { DatabaseSync } from "node:sqlite";

/** Runs `work` in a write transaction. IMMEDIATE takes the write lock first, so nothing read inside can go stale. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // After a full disk or an I/O error SQLite may have rolled back already.
    if (db.isTransaction) {
      db.exec("ROLLBACK");
    }
    throw error;
  }
}
