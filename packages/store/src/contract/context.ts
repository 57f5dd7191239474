import fc from "fast-check";
import type { ChangeFeed, Key, Put, Store, Value } from "../port.ts";

/** A clock that stands until it is moved. */
export interface FakeClock {
  readonly now: () => number;
  advance(milliseconds: number): void;
}

export function fakeClock(start = Date.UTC(2030, 0, 1)): FakeClock {
  let time = start;
  return {
    now: () => time,
    advance: (milliseconds) => {
      time += milliseconds;
    },
  };
}

/** A store under test and its table's changes. */
export interface Opened {
  readonly store: Store;
  readonly feed: ChangeFeed;
}

/** What each group of the contract gets. The store is there once the tests run. */
export interface Context {
  readonly opened: () => Opened;
  readonly clock: FakeClock;
  /** Another store over the same table, with a clock of its own. */
  readonly open: (clock: FakeClock) => Promise<Opened>;
}

let partitions = 0;

/** A partition of the test's own: the groups share one table. */
export function ownPartition(): string {
  partitions += 1;
  return `partition-${partitions}`;
}

export const absent = { type: "absent" } as const;
export const present = { type: "present" } as const;
export const none = { type: "none" } as const;

/** Any code point that text may hold, which is any but the surrogates. */
export const character: fc.Arbitrary<string> = fc
  .oneof(fc.nat(0x7f), fc.integer({ min: 0x80, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((point) => String.fromCodePoint(point));

export function put(
  key: Key,
  value: Value,
  rest: Partial<Pick<Put, "bytes" | "expiresAt" | "condition">> = {},
): Put {
  return { type: "put", key, value, condition: none, ...rest };
}

/** Puts an empty item under each sort key. */
export async function fill(store: Store, pk: string, sks: readonly string[]): Promise<void> {
  for (let start = 0; start < sks.length; start += 100) {
    await store.commit(sks.slice(start, start + 100).map((sk) => put({ pk, sk }, {})));
  }
}
