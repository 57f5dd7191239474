import type { CString } from "../../cstring.ts";
import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import {
  type FormatCode,
  readFormatCodes,
  readValues,
  type Value,
  writeFormatCodes,
  writeValues,
} from "../lists.ts";
import { FRONTEND_TAG } from "./tag.ts";

/** Makes a portal from a prepared statement and values for its parameters. */
export type Bind = {
  readonly type: "Bind";
  /** Name of the portal to make; empty for the unnamed one. */
  readonly portal: CString;
  /** Name of the prepared statement; empty for the unnamed one. */
  readonly statement: CString;
  /** None (all text), one for all, or one a parameter; likewise `resultFormats` for columns. */
  readonly parameterFormats: readonly FormatCode[];
  readonly parameters: readonly Value[];
  readonly resultFormats: readonly FormatCode[];
};

export function encodeBind(message: Bind): Uint8Array {
  const writer = new Writer(FRONTEND_TAG.Bind).cstring(message.portal).cstring(message.statement);
  writeFormatCodes(writer, message.parameterFormats);
  writeValues(writer, message.parameters);
  writeFormatCodes(writer, message.resultFormats);
  return writer.finish();
}

export function decodeBind(body: Uint8Array): Bind {
  const reader = new Reader(body);
  const portal = reader.cstring();
  const statement = reader.cstring();
  const parameterFormats = readFormatCodes(reader);
  const parameters = readValues(reader);
  const resultFormats = readFormatCodes(reader);
  reader.end();
  return { type: "Bind", portal, statement, parameterFormats, parameters, resultFormats };
}
