import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { readValues, type Value, writeValues } from "../lists.ts";
import { BACKEND_TAG } from "./tag.ts";

/** One row of a result, as RowDescription announced it. */
export type DataRow = { readonly type: "DataRow"; readonly values: readonly Value[] };

export function encodeDataRow(message: DataRow): Uint8Array {
  const writer = new Writer(BACKEND_TAG.DataRow);
  writeValues(writer, message.values);
  return writer.finish();
}

export function decodeDataRow(body: Uint8Array): DataRow {
  const reader = new Reader(body);
  const values = readValues(reader);
  reader.end();
  return { type: "DataRow", values };
}
