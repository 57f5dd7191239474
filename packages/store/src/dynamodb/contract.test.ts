import { describe } from "vitest";
import { storeContract } from "../contract/suite.ts";
import { type Emulator, emulatorProgram, startEmulator } from "../test-support/emulator.ts";
import { openDynamoChangeFeed } from "./change-feed.ts";
import { openDynamoStore } from "./store.ts";
import { createTable } from "./table.ts";

const table = "postern";
const isInstalled = emulatorProgram() !== undefined;
const emulatorPackage = `@dynoxide/${process.platform}-${process.arch}`;

describe.skipIf(!isInstalled)(
  `with ${emulatorPackage}${isInstalled ? "" : ": LEFT OUT, it is not installed"}`,
  () => {
    let emulator: Emulator | undefined;
    const feeds: { close(): Promise<void> }[] = [];
    const running = (): Emulator => {
      if (emulator === undefined) {
        throw new Error("the emulator runs only while tests run");
      }
      return emulator;
    };

    storeContract("DynamoDB", {
      start: async () => {
        emulator = await startEmulator();
        await createTable(emulator.config, table);
      },
      open: async (now) => {
        const { config } = running();
        const feed = openDynamoChangeFeed({ table, config });
        feeds.push(feed);
        return { store: openDynamoStore({ table, now, config }), feed };
      },
      stop: async () => {
        await Promise.all(feeds.map(async (feed) => await feed.close()));
        await running().stop();
      },
    });
  },
);
