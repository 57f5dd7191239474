import type { ChangeFeed, Store } from "../port.ts";
import { createStore } from "../store.ts";
import { createBackend } from "./backend.ts";
import { changeFeed } from "./change-log.ts";
import { openDatabase } from "./database.ts";
import { asStoreError } from "./error.ts";

export interface SqliteStoreOptions {
  /** A file, created if need be with mode 0600; its folder must exist. Several processes may share it. */
  readonly path: string;
  /** Epoch milliseconds; decides what has expired. */
  readonly now: () => number;
}

/** The store of one machine, with its change feed. @throws StoreError when the file can't be opened or is newer. */
export function openSqliteStore({ path, now }: SqliteStoreOptions): Store & ChangeFeed {
  const db = asStoreError(() => openDatabase(path));
  return { ...createStore(createBackend(db), now), ...changeFeed(db) };
}
