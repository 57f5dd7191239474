/**
 * The Store port: everything that Postern remembers goes through these few operations, so that DynamoDB in AWS
 * and SQLite on one machine are interchangeable. It offers what both can promise and nothing more: read an item,
 * read a sorted part of one partition, and commit writes all or nothing, each with its condition.
 *
 * All reads are strongly consistent. An item whose `expiresAt` has come (`expiresAt <= now`) counts as absent for
 * every read and every condition; that the backend removes it some time later is housekeeping.
 */

/** Partition key and sort key. Both sort by their UTF-8 bytes; `key.ts` joins untrusted parts into one safely. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | {
      readonly [key: string]: Json;
    };

/** The document of an item: an object of JSON, at most a few hundred kilobytes with its key (`limits.ts`). */
export type Value = { readonly [key: string]: Json };

/** What stands under a key. */
export interface Item {
  readonly key: Key;
  readonly value: Value;
  /** A binary payload beside the value, such as a compressed audit chunk. */
  readonly bytes?: Uint8Array;
  /**
   * Counts the puts under this key: 1 after a put that required `absent`, one more after each other put. A key that
   * was deleted, or expired and was swept, starts again at 1.
   */
  readonly version: number;
  /** The first instant at which the item is gone; epoch milliseconds. */
  readonly expiresAt?: number;
}

/** What must stand under a write's key when the commit happens. Every race is settled by one of these. */
export type Condition =
  | { readonly type: "absent" }
  | { readonly type: "present" }
  | { readonly type: "version"; readonly version: number }
  | { readonly type: "none" };

/** Replaces the whole item, `bytes` and `expiresAt` included: what the write does not name is gone. */
export interface Put {
  readonly type: "put";
  readonly key: Key;
  readonly value: Value;
  readonly bytes?: Uint8Array;
  readonly expiresAt?: number;
  readonly condition: Condition;
}

/** Removes the item; where none stands and the condition allows that, nothing happens. */
export interface Delete {
  readonly type: "delete";
  readonly key: Key;
  readonly condition: Condition;
}

/** Writes nothing, but the whole commit depends on its condition. (A check of nothing would be no check.) */
export interface Check {
  readonly type: "check";
  readonly key: Key;
  readonly condition: Exclude<Condition, { type: "none" }>;
}

export type Write = Put | Delete | Check;

/** `conflict` names the first write whose condition failed and the item that stood there, if a live one did. */
export type CommitResult =
  | { readonly type: "committed" }
  | { readonly type: "conflict"; readonly index: number; readonly item?: Item };

/** A part of one partition in order of the sort key's bytes. All given bounds hold together. */
export interface QueryRange {
  readonly pk: string;
  readonly prefix?: string;
  /** Inclusive. */
  readonly from?: string;
  /** Exclusive. */
  readonly to?: string;
  /** Largest sort key first. */
  readonly reverse?: boolean;
  /** The most items to return, 1 to 1000. */
  readonly limit: number;
  /** The sort key of the last item seen, in the direction of reading: the page starts behind it. */
  readonly after?: string;
}

/** `after` is set exactly when more items stood in the range; give it back for the next page. */
export interface QueryPage {
  readonly items: readonly Item[];
  readonly after?: string;
}

/**
 * Every method may throw a `StoreError` (`error.ts`): what both backends would refuse is refused before either is
 * asked, and a backend that cannot answer says so.
 */
export interface Store {
  /** The live item under the key. */
  get(key: Key): Promise<Item | undefined>;
  query(range: QueryRange): Promise<QueryPage>;
  /**
   * Applies all writes or none. Of at most 100 writes no two may have the same key. Once this resolves with
   * `committed` the writes survive a crash; when it throws `store.unavailable` the outcome is unknown, and the
   * caller learns it by reading.
   */
  commit(writes: readonly Write[]): Promise<CommitResult>;
  close(): Promise<void>;
}

/**
 * One item's change, in commit order for that item. `before` and `after` are what stood, live or expired; a
 * removal has no `after`, a first put no `before`. Sweeping an expired item is a removal, too.
 */
export interface Change {
  /** Where to go on after this change. Opaque. */
  readonly cursor: string;
  readonly key: Key;
  readonly before?: Item;
  readonly after?: Item;
  /** When it was committed; epoch milliseconds, by the backend's clock. */
  readonly at: number;
}

export interface ChangePage {
  readonly changes: readonly Change[];
  readonly cursor: string;
}

/** Reads a table's changes in order: what DynamoDB Streams gives in AWS. */
export interface ChangeFeed {
  /**
   * The changes after a cursor, or from the oldest kept. `cursor` is where to go on, also when nothing came. Changes
   * are kept for 24 hours, as DynamoDB Streams does; a cursor whose change is not kept throws
   * `store.changes-trimmed`: a reader starts anew and knows that it missed something.
   */
  changes(after: string | undefined, limit: number): Promise<ChangePage>;
}
