import type { CString } from "../../cstring.ts";
import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { readOids, writeOids } from "../lists.ts";
import { FRONTEND_TAG } from "./tag.ts";

/** Makes a prepared statement. */
export type Parse = {
  readonly type: "Parse";
  /** Name of the prepared statement; empty for the unnamed one. */
  readonly statement: CString;
  readonly query: CString;
  /** Types the client prescribes, by OID; 0 leaves one open, and the list may be shorter than the parameters. */
  readonly parameterTypes: readonly number[];
};

export function encodeParse(message: Parse): Uint8Array {
  const writer = new Writer(FRONTEND_TAG.Parse).cstring(message.statement).cstring(message.query);
  writeOids(writer, message.parameterTypes);
  return writer.finish();
}

export function decodeParse(body: Uint8Array): Parse {
  const reader = new Reader(body);
  const statement = reader.cstring();
  const query = reader.cstring();
  const parameterTypes = readOids(reader);
  reader.end();
  return { type: "Parse", statement, query, parameterTypes };
}
