/**
 * What a store accepts, checked before any backend is asked, so that SQLite refuses whatever DynamoDB would.
 * DynamoDB's own limits are 400 KB for an item and 4 MB for a transaction, in units of 1024; ours are decimal, which
 * leaves 2 % for how DynamoDB counts numbers.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
 */
import { StoreError } from "./error.ts";
import type { EncodedPut, EncodedWrite } from "./item.ts";
import type { Key, QueryRange } from "./port.ts";

export const MAX_WRITES = 100;
export const MAX_ITEM_BYTES = 400_000;
export const MAX_COMMIT_BYTES = 4_000_000;
export const MAX_PK_BYTES = 2048;
export const MAX_SK_BYTES = 1024;
/** The end of a prefix's span may be a byte longer than the prefix (`range.ts`). */
export const MAX_PREFIX_BYTES = MAX_SK_BYTES - 1;
/** The most items of one query's page, and the most changes of one read. */
export const MAX_PAGE = 1000;

/** The names of an item's attributes and its three numbers at 21 bytes, DynamoDB's dearest, rounded up. */
const ITEM_OVERHEAD_BYTES = 100;

export function assertKey(key: Key): void {
  assertKeyPart(key.pk, MAX_PK_BYTES);
  assertKeyPart(key.sk, MAX_SK_BYTES);
}

/** A lone surrogate has no UTF-8: both backends would store another string, and two keys could become one. */
function assertKeyPart(part: string, maxBytes: number): void {
  if (part === "" || !isText(part, maxBytes)) {
    throw new StoreError("store.key-invalid", `a key's part must be 1 to ${maxBytes} bytes of Unicode`);
  }
}

function isText(text: string, maxBytes: number): boolean {
  return text.length <= maxBytes && text.isWellFormed() && Buffer.byteLength(text) <= maxBytes;
}

/** @throws StoreError as its codes say; `writes` are in the commit's order. */
export function assertCommit(writes: readonly EncodedWrite[]): void {
  if (writes.length === 0 || writes.length > MAX_WRITES) {
    throw new StoreError(
      "store.commit-invalid",
      `a commit has 1 to ${MAX_WRITES} writes, not ${writes.length}`,
    );
  }
  writes.forEach(assertWrite);
  const keys = new Set(writes.map(({ key }) => JSON.stringify([key.pk, key.sk])));
  if (keys.size < writes.length) {
    throw new StoreError("store.commit-invalid", "a commit writes each key at most once");
  }
  if (writes.reduce((sum, write) => sum + writeSize(write), 0) > MAX_COMMIT_BYTES) {
    throw new StoreError("store.commit-too-large", `a commit holds at most ${MAX_COMMIT_BYTES} bytes`);
  }
}

function assertWrite(write: EncodedWrite): void {
  assertKey(write.key);
  if (write.condition.type === "version") {
    assertWhole(write.condition.version, "a version");
  }
  if (write.type === "put") {
    assertPut(write);
  }
}

function assertPut(put: EncodedPut): void {
  if (put.expiresAt !== undefined) {
    assertWhole(put.expiresAt, "an expiry");
  }
  if (writeSize(put) > MAX_ITEM_BYTES) {
    throw new StoreError(
      "store.item-too-large",
      `an item holds at most ${MAX_ITEM_BYTES} bytes with its key`,
    );
  }
}

function assertWhole(number: number, what: string): void {
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new StoreError("store.value-invalid", `${what} must be a whole number, not negative`);
  }
}

/** Bytes as DynamoDB counts an item: UTF-8 for text, as they are for bytes. */
function writeSize(write: EncodedWrite): number {
  const key = Buffer.byteLength(write.key.pk) + Buffer.byteLength(write.key.sk);
  const put = write.type === "put" ? Buffer.byteLength(write.json) + (write.bytes?.byteLength ?? 0) : 0;
  return key + put + ITEM_OVERHEAD_BYTES;
}

export function assertRange(range: QueryRange): void {
  assertKeyPart(range.pk, MAX_PK_BYTES);
  assertLimit(range.limit);
  const { prefix = "", from = "", to = "", after = "" } = range;
  if (![from, to, after].every((bound) => isText(bound, MAX_SK_BYTES)) || !isText(prefix, MAX_PREFIX_BYTES)) {
    throw new StoreError(
      "store.range-invalid",
      `a bound must be Unicode, at most ${MAX_PREFIX_BYTES} bytes for a prefix`,
    );
  }
}

export function assertLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new StoreError("store.range-invalid", `a limit must be 1 to ${MAX_PAGE}`);
  }
}
