/** Optimistic concurrency: read, compute, write on condition that nothing moved, and begin again if it did. */
import { backOff, MAX_ATTEMPTS } from "./backoff.ts";
import { StoreError } from "./error.ts";
import type { Condition, Item, Key, Put, Store, Write } from "./port.ts";

/** What one attempt decided: writes that hold only if nothing it read has moved, and what to tell the caller. */
export interface Attempt<T> {
  readonly writes: readonly Write[];
  readonly result: T;
}

/**
 * Runs `attempt` until its writes are committed, and returns its result. Each attempt reads afresh, must condition its
 * writes on what it read (`unchanged`), and must do nothing else: it may run many times. No writes: nothing to commit.
 *
 * @throws StoreError `store.busy` when others were faster every time.
 */
export async function transact<T>(store: Store, attempt: () => Promise<Attempt<T>>): Promise<T> {
  for (let tried = 0; tried < MAX_ATTEMPTS; tried += 1) {
    const { writes, result } = await attempt();
    if (writes.length === 0 || (await store.commit(writes)).type === "committed") {
      return result;
    }
    await backOff(tried);
  }
  throw new StoreError("store.busy", "the same items were changed by others each time, try again");
}

/** The condition that an item is still as it was read. */
export function unchanged(item: Item | undefined): Condition & { type: "absent" | "version" } {
  return item === undefined ? { type: "absent" } : { type: "version", version: item.version };
}

/** What an update puts in an item's place; undefined leaves it alone. */
export type Replacement = Pick<Put, "value" | "bytes" | "expiresAt"> | undefined;

/** `transact` over one item: a use count, a lease. `compute` may run many times. Returns what it gave last. */
export async function update(
  store: Store,
  key: Key,
  compute: (item: Item | undefined) => Replacement,
): Promise<Replacement> {
  return await transact(store, async () => {
    const item = await store.get(key);
    const result = compute(item);
    const writes: Put[] = result ? [{ type: "put", key, ...result, condition: unchanged(item) }] : [];
    return { writes, result };
  });
}
