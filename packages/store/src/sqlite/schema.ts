import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../error.ts";
import { inTransaction } from "./transaction.ts";

/** Kept in `PRAGMA user_version`. A change of the tables below adds a step to `migrate` and raises it. */
export const SCHEMA_VERSION = 1;

/**
 * TEXT sorts by SQLite's BINARY collation: memcmp over UTF-8, as DynamoDB sorts strings. `item` keeps its rowid,
 * because a WITHOUT ROWID table holds its rows in the index itself, which suits small rows and not audit chunks.
 * `change` is the stream: AUTOINCREMENT never gives a number twice, also after the newest rows were pruned.
 */
const TABLES = `
  CREATE TABLE item (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    v TEXT NOT NULL,
    b BLOB,
    n INTEGER NOT NULL,
    e INTEGER,
    PRIMARY KEY (pk, sk)
  ) STRICT;
  CREATE INDEX item_by_expiry ON item (e) WHERE e IS NOT NULL;
  CREATE TABLE change (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    old_v TEXT, old_b BLOB, old_n INTEGER, old_e INTEGER,
    new_v TEXT, new_b BLOB, new_n INTEGER, new_e INTEGER
  ) STRICT;
`;

/** Brings the file to this schema. @throws StoreError `store.schema-newer` rather than guess at a later one. */
export function migrate(db: DatabaseSync): void {
  inTransaction(db, () => {
    const version = userVersion(db);
    if (version > SCHEMA_VERSION) {
      throw new StoreError(
        "store.schema-newer",
        `the database has schema ${version}, this release knows ${SCHEMA_VERSION}: start the newer release`,
      );
    }
    if (version === 0) {
      db.exec(TABLES);
      db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    }
  });
}

function userVersion(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
}
