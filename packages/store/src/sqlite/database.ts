import { chmodSync, closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { migrate } from "./schema.ts";

/** How long a statement waits while another process writes. The wait blocks this thread, as all of node:sqlite does. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * WAL: readers never wait for a writer, and a commit is one append and one fsync.
 *
 * synchronous = FULL: in WAL, NORMAL leaves a commit in the page cache until the next checkpoint. It would survive
 * SIGKILL but not a power cut, and a proxy erases its audit spool once we have acknowledged it. So every commit is
 * synced; that costs a fraction of a millisecond on an SSD and leaves thousands of commits a second.
 *
 * fullfsync: on macOS fsync stops at the drive's cache and only F_FULLFSYNC goes through it; elsewhere it is nothing.
 */
const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA trusted_schema = OFF;
`;

/** Opens or creates the file, readable by its owner alone, with the current schema. */
export function openDatabase(path: string): DatabaseSync {
  makePrivate(path);
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    db.exec(PRAGMAS);
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * SQLite gives the `-wal` and `-shm` files the mode of the database. An existing file is never opened here: closing it
 * again would drop the POSIX locks of every connection that this process has to it (sqlite.org/howtocorrupt.html 2.2).
 */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
      throw error;
    }
    chmodSync(path, 0o600);
  }
}
