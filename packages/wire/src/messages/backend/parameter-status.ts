import type { CString } from "../../cstring.ts";
import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { BACKEND_TAG } from "./tag.ts";

/** The value of a setting that clients are told of, at start-up and at each change. */
export type ParameterStatus = {
  readonly type: "ParameterStatus";
  readonly name: CString;
  readonly value: CString;
};

export function encodeParameterStatus({ name, value }: ParameterStatus): Uint8Array {
  return new Writer(BACKEND_TAG.ParameterStatus).cstring(name).cstring(value).finish();
}

export function decodeParameterStatus(body: Uint8Array): ParameterStatus {
  const reader = new Reader(body);
  const name = reader.cstring();
  const value = reader.cstring();
  reader.end();
  return { type: "ParameterStatus", name, value };
}
