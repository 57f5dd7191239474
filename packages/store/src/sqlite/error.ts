import { StoreError, type StoreErrorCode } from "../error.ts";

/** Primary result codes, https://sqlite.org/rescode.html: the low byte of an extended one. */
const CODES: Readonly<Record<number, readonly [StoreErrorCode, string]>> = {
  5: ["store.busy", "another process holds the database, try again"],
  8: ["store.unavailable", "the database can't be written: it is read-only"],
  10: ["store.unavailable", "the disk failed to read or write the database"],
  11: ["store.corrupt", "the database file is damaged"],
  13: ["store.unavailable", "the disk is full"],
  14: ["store.unavailable", "the database file can't be opened"],
  26: ["store.corrupt", "the file is not a database"],
};

/** Runs what uses the database and gives its failures a code. What is not SQLite's error passes unchanged. */
export function asStoreError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const [code, message] = CODES[resultCode(error) & 0xff] ?? [];
    throw code && message ? new StoreError(code, message, error) : error;
  }
}

function resultCode(error: unknown): number {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number"
    ? error.errcode
    : 0;
}
