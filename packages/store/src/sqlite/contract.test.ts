import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeContract } from "../contract/suite.ts";
import { openSqliteStore } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "postern-store-"));

storeContract("SQLite", {
  start: async () => {},
  open: async (now) => {
    const store = openSqliteStore({ path: join(folder, "store.db"), now });
    return { store, feed: store };
  },
  stop: async () => rmSync(folder, { recursive: true }),
});
