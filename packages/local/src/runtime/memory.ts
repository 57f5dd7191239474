/** What remembers: the embedded store, or DynamoDB in an emulator; and the feed of its changes. */
import type { ChangeFeed, Store } from "@postern/store/port";
import { openSqliteStore } from "@postern/store/sqlite/store";
import type { Emulator } from "@postern/store/test-support/emulator";
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

/** The emulator doesn't end with us by itself: whatever fails, it is stopped, and the next start looks for it. */
async function openDynamo(folder: DataFolder, lock: RunLock): Promise<Memory> {
  const { startEmulator } = await import("@postern/store/test-support/emulator");
  const emulator = await startEmulator({ dataPath: folder.dynamodb });
  try {
    await lock.add(emulator.pid);
    return await openTable(emulator);
  } catch (error) {
    await emulator.stop();
    throw error;
  }
}

/** The AWS SDK takes a while to load, and the embedded store does without. */
async function openTable(emulator: Emulator): Promise<Memory> {
  const [{ createTable }, { openDynamoStore }, { openDynamoChangeFeed }] = await Promise.all([
    import("@postern/store/dynamodb/table"),
    import("@postern/store/dynamodb/store"),
    import("@postern/store/dynamodb/change-feed"),
  ]);
  const { config } = emulator;
  await createTable(config, table);
  const store = openDynamoStore({ table, now: Date.now, config });
  const feed = openDynamoChangeFeed({ table, config });
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
