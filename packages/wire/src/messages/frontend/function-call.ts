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

/** The fast path: calls a function by OID, with no SQL text. Legacy, but every server still runs it. */
export type FunctionCall = {
  readonly type: "FunctionCall";
  readonly functionOid: number;
  readonly argumentFormats: readonly FormatCode[];
  readonly arguments: readonly Value[];
  readonly resultFormat: FormatCode;
};

export function encodeFunctionCall(message: FunctionCall): Uint8Array {
  const writer = new Writer(FRONTEND_TAG.FunctionCall).uint32(message.functionOid);
  writeFormatCodes(writer, message.argumentFormats);
  writeValues(writer, message.arguments);
  return writer.uint16(message.resultFormat).finish();
}

export function decodeFunctionCall(body: Uint8Array): FunctionCall {
  const reader = new Reader(body);
  const functionOid = reader.uint32();
  const argumentFormats = readFormatCodes(reader);
  const values = readValues(reader);
  const resultFormat = reader.uint16();
  reader.end();
  return { type: "FunctionCall", functionOid, argumentFormats, arguments: values, resultFormat };
}
