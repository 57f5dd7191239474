import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { readOids, writeOids } from "../lists.ts";
import { BACKEND_TAG } from "./tag.ts";

/** The types, by OID, of a prepared statement's parameters: the first answer to its Describe. */
export type ParameterDescription = {
  readonly type: "ParameterDescription";
  readonly parameterTypes: readonly number[];
};

export function encodeParameterDescription(message: ParameterDescription): Uint8Array {
  const writer = new Writer(BACKEND_TAG.ParameterDescription);
  writeOids(writer, message.parameterTypes);
  return writer.finish();
}

export function decodeParameterDescription(body: Uint8Array): ParameterDescription {
  const reader = new Reader(body);
  const parameterTypes = readOids(reader);
  reader.end();
  return { type: "ParameterDescription", parameterTypes };
}
