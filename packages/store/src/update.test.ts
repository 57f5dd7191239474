import { expect, test, vi } from "vitest";
import type { CommitResult, Item, Store } from "./port.ts";
import { transact, unchanged, update } from "./update.ts";

const key = { pk: "counter", sk: "uses" };
const item: Item = { key, value: { uses: 3 }, version: 7 };

/** A store that holds one item and answers commits as told, then with success. */
function storeAnswering(...results: CommitResult[]) {
  const commit = vi.fn<Store["commit"]>(async () => results.shift() ?? { type: "committed" });
  const get = vi.fn<Store["get"]>(async () => item);
  const store: Store = { get, commit, query: async () => ({ items: [] }), close: async () => {} };
  return { store, get, commit };
}

test("an update puts what was computed, on condition that the item is as it was read", async () => {
  const { store, commit } = storeAnswering();
  const result = await update(store, key, (read) => ({
    value: { uses: Number(read?.value["uses"]) + 1 },
    expiresAt: 9,
  }));
  expect(result).toEqual({ value: { uses: 4 }, expiresAt: 9 });
  expect(commit.mock.calls).toEqual([
    [[{ type: "put", key, value: { uses: 4 }, expiresAt: 9, condition: { type: "version", version: 7 } }]],
  ]);
});

test("after a conflict it reads again", async () => {
  const { store, get, commit } = storeAnswering(
    { type: "conflict", index: 0 },
    { type: "conflict", index: 0 },
  );
  await update(store, key, () => ({ value: {} }));
  expect(get).toHaveBeenCalledTimes(3);
  expect(commit).toHaveBeenCalledTimes(3);
});

test("what decides to write nothing commits nothing", async () => {
  const { store, commit } = storeAnswering();
  expect(await update(store, key, () => undefined)).toBeUndefined();
  expect(commit).not.toHaveBeenCalled();
});

test("it gives up when others are always faster", async () => {
  const { store, commit } = storeAnswering(
    ...Array.from({ length: 50 }, () => ({ type: "conflict", index: 0 }) as const),
  );
  await expect(update(store, key, () => ({ value: {} }))).rejects.toMatchObject({ code: "store.busy" });
  expect(commit).toHaveBeenCalledTimes(12);
});

test("a failing attempt is not tried again", async () => {
  const { store, commit } = storeAnswering();
  const attempt = vi.fn<() => Promise<never>>(async () => await Promise.reject(new Error("refused")));
  await expect(transact(store, attempt)).rejects.toThrow("refused");
  expect(attempt).toHaveBeenCalledTimes(1);
  expect(commit).not.toHaveBeenCalled();
});

test("what was not there must still not be there", () => {
  expect(unchanged(undefined)).toEqual({ type: "absent" });
});
