/** What every Store must do, as tests over any backend: `sqlite/contract.test.ts`, `dynamodb/contract.test.ts`. */
import { afterAll, beforeAll, describe } from "vitest";
import { commitContract } from "./commits.ts";
import { conditionContract } from "./conditions.ts";
import { type Context, fakeClock, type Opened } from "./context.ts";
import { expiryContract } from "./expiry.ts";
import { feedContract } from "./feed.ts";
import { limitContract } from "./limits.ts";
import { modelContract } from "./model.ts";
import { queryContract } from "./queries.ts";
import { raceContract } from "./races.ts";
import { valueContract } from "./values.ts";

export interface StoreFactory {
  /** Prepares the table or the file; runs once. */
  start(): Promise<void>;
  /** Opens the same table each time. The suite closes the stores. */
  open(now: () => number): Promise<Opened>;
  stop(): Promise<void>;
}

export function storeContract(backend: string, factory: StoreFactory): void {
  describe(`a store on ${backend}`, () => {
    const clock = fakeClock();
    const all: Opened[] = [];
    const open = async (now: () => number): Promise<Opened> => {
      const opened = await factory.open(now);
      all.push(opened);
      return opened;
    };
    beforeAll(async () => {
      await factory.start();
      await open(clock.now);
    });
    afterAll(async () => {
      await Promise.all(all.map(async ({ store }) => await store.close()));
      await factory.stop();
    });
    const context: Context = {
      opened: () => first(all),
      clock,
      open: async (other) => await open(other.now),
    };
    for (const contract of CONTRACTS) {
      contract(context);
    }
  });
}

const CONTRACTS = [
  conditionContract,
  commitContract,
  raceContract,
  queryContract,
  valueContract,
  limitContract,
  expiryContract,
  feedContract,
  modelContract,
];

function first(all: readonly Opened[]): Opened {
  const [opened] = all;
  if (opened === undefined) {
    throw new Error("the store is open only while tests run");
  }
  return opened;
}
