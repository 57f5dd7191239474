/**
 * The half of a store that both backends share: limits, encoding, expiry and paging. A backend only reads an item,
 * reads a stretch of a partition, and commits.
 */
import { isLive } from "./condition.ts";
import { StoreError } from "./error.ts";
import { decodeItem, type EncodedWrite, encodeWrite, type StoredItem } from "./item.ts";
import { assertCommit, assertKey, assertRange } from "./limits.ts";
import type { CommitResult, Item, QueryPage, QueryRange, Store, Write } from "./port.ts";
import { behind, inSpan, type Span, spanOf } from "./range.ts";

/** Gives and takes items live or expired; only `commit` needs to know the time, for its conditions. */
export interface Backend {
  read(key: StoredItem["key"]): Promise<StoredItem | undefined>;
  /** Up to `count` items from `low` to `high`, both included even where open. `more`: the backend stopped early. */
  page(span: Span, count: number): Promise<{ readonly items: readonly StoredItem[]; readonly more: boolean }>;
  commit(writes: readonly EncodedWrite[], now: number): Promise<BackendCommitResult>;
  close(): void;
}

export type BackendCommitResult =
  | { readonly type: "committed" }
  | { readonly type: "conflict"; readonly index: number; readonly item: StoredItem | undefined };

/** @param now epoch milliseconds; decides what has expired. */
export function createStore(backend: Backend, now: () => number): Store {
  let closed = false;
  const assertOpen = (): void => {
    if (closed) {
      throw new StoreError("store.closed", "the store is closed");
    }
  };
  return {
    get: async (key) => {
      assertOpen();
      assertKey(key);
      return liveItem(await backend.read(key), now());
    },
    query: async (range) => {
      assertOpen();
      assertRange(range);
      return await query(backend, range, now);
    },
    commit: async (writes) => {
      assertOpen();
      return await commit(backend, writes, now());
    },
    close: async () => {
      if (!closed) {
        closed = true;
        backend.close();
      }
    },
  };
}

/** Reads one live item more than asked for: only so is it known whether a next page has anything. */
async function query(backend: Backend, range: QueryRange, now: () => number): Promise<QueryPage> {
  const found: Item[] = [];
  let span = spanOf(range);
  while (span !== undefined && found.length <= range.limit) {
    const page = await backend.page(span, range.limit - found.length + ENOUGH_TO_GO_ON);
    found.push(...liveItems(page.items, span, now()));
    const last = page.items.at(-1);
    span = page.more && last !== undefined ? behind(span, last.key.sk) : undefined;
  }
  const items = found.slice(0, range.limit);
  const last = items.at(-1);
  return found.length > range.limit && last !== undefined ? { items, after: last.key.sk } : { items };
}

/**
 * The item that shows there is more, and the one at an open bound, which is read and dropped: a page of that alone would
 * lead nowhere. (DynamoDB's page of 1 MB holds two of the largest items.)
 */
const ENOUGH_TO_GO_ON = 2;

function liveItems(items: readonly StoredItem[], span: Span, now: number): Item[] {
  return items.filter((item) => inSpan(span, item.key.sk) && isLive(item, now)).map(decodeItem);
}

function liveItem(item: StoredItem | undefined, now: number): Item | undefined {
  return item !== undefined && isLive(item, now) ? decodeItem(item) : undefined;
}

async function commit(backend: Backend, writes: readonly Write[], now: number): Promise<CommitResult> {
  const encoded = writes.map(encodeWrite);
  assertCommit(encoded);
  const result = await backend.commit(encoded, now);
  if (result.type === "committed") {
    return result;
  }
  const item = liveItem(result.item, now);
  return { type: "conflict", index: result.index, ...(item ? { item } : {}) };
}
