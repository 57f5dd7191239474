import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { readValue, type Value, writeValue } from "../lists.ts";
import { BACKEND_TAG } from "./tag.ts";

/** The result of a FunctionCall, in the format that it asked for. */
export type FunctionCallResponse = { readonly type: "FunctionCallResponse"; readonly value: Value };

export function encodeFunctionCallResponse(message: FunctionCallResponse): Uint8Array {
  const writer = new Writer(BACKEND_TAG.FunctionCallResponse);
  writeValue(writer, message.value);
  return writer.finish();
}

export function decodeFunctionCallResponse(body: Uint8Array): FunctionCallResponse {
  const reader = new Reader(body);
  const value = readValue(reader);
  reader.end();
  return { type: "FunctionCallResponse", value };
}
