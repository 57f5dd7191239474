/** What remembers: the embedded store, or DynamoDB in an emulator; and the feed of its changes. */

import { openDynamoChangeFeed } from "@postern/store/dynamodb/change-feed";
import { openDynamoStore } from "@postern/store/dynamodb/store";
import { createTable } from "@postern/store/dynamodb/table";
import type { ChangeFeed, Store } from "@postern/store/port";
import { openSqliteStore } from "@postern/store/sqlite/store";
import { startEmulator } from "@postern/store/test-support/emulator";
import type { DataFolder } from "./data-folder.ts";
import type { RunLock } from "./run-lock.ts";

export interface Memory {
  readonly store: Store;
  readonly feed: ChangeFeed;
  close(): Promise<void>;
}

const table = "postern";

export function openMemory(kind: "sqlite" | "dynamodb", folder: DataFolder, lock: RunLock): Promise<Memory> {
  return kind === "sqlite" ? openSqlite(folder) : openDynamo(folder, lock);
}

async function openSqlite(folder: DataFolder): Promise<Memory> {
  const store = openSqliteStore({ path: folder.sqlite, now: Date.now });
  return { store, feed: store, close: () => store.close() };
}

async function openDynamo(folder: DataFolder, lock: RunLock): Promise<Memory> {
  const emulator = await startEmulator({ dataPath: folder.dynamodb });
  lock.add({ pid: emulator.pid, command: "dynoxide" });
  await createTable(emulator.config, table);
  const store = openDynamoStore({ table, now: Date.now, config: emulator.config });
  const feed = openDynamoChangeFeed({ table, config: emulator.config });
  return {
    store,
    feed,
    async close() {
      await feed.close();
      await store.close();
      await emulator.stop();
    },
  };
}
