import type { CString } from "../../cstring.ts";
import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { FRONTEND_TAG } from "./tag.ts";

/** A simple query: text of one statement or several, in the session's client_encoding. */
export type Query = { readonly type: "Query"; readonly query: CString };

export function encodeQuery(message: Query): Uint8Array {
  return new Writer(FRONTEND_TAG.Query).cstring(message.query).finish();
}

export function decodeQuery(body: Uint8Array): Query {
  const reader = new Reader(body);
  const query = reader.cstring();
  reader.end();
  return { type: "Query", query };
}
