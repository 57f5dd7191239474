/** Why a store refused or failed. Closed: callers switch over it, tests assert it. */
export type StoreErrorCode =
  /** A key is empty, too long, or not well-formed Unicode. */
  | "store.key-invalid"
  /** A value is not JSON (NaN, Infinity, undefined), or an expiry or version is not a whole number. */
  | "store.value-invalid"
  | "store.item-too-large"
  /** A commit without writes, with more than 100, or with two under one key. */
  | "store.commit-invalid"
  | "store.commit-too-large"
  /** A limit out of bounds, or a query's bound that no sort key could be. */
  | "store.range-invalid"
  /** The change at the cursor is no longer kept, or never was here: what followed it can't be told completely. */
  | "store.changes-trimmed"
  /** Others held the same items for longer than we try. Nothing was written. */
  | "store.busy"
  /** The backend did not answer, or could not read or write. The outcome of a commit is unknown. */
  | "store.unavailable"
  /** What the backend holds is not what this code wrote. */
  | "store.corrupt"
  /** The database file was written by a newer release. */
  | "store.schema-newer"
  | "store.closed";

/** The one error of this package. Its message never holds a key or a value: both may be secrets. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "StoreError";
    this.code = code;
  }
}
