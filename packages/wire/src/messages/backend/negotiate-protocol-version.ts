import type { CString } from "../../cstring.ts";
import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import type { ProtocolVersion } from "../frontend/startup-message.ts";
import { readItems } from "../lists.ts";
import { BACKEND_TAG } from "./tag.ts";

/** Sent before authentication to a client that asked for a newer minor version, or for protocol options unknown here. */
export type NegotiateProtocolVersion = {
  readonly type: "NegotiateProtocolVersion";
  /** The version that the session will speak. On the wire it is whole, as in StartupMessage. */
  readonly version: ProtocolVersion;
  readonly unsupportedOptions: readonly CString[];
};

export function encodeNegotiateProtocolVersion(message: NegotiateProtocolVersion): Uint8Array {
  const { version, unsupportedOptions } = message;
  const writer = new Writer(BACKEND_TAG.NegotiateProtocolVersion);
  writer.uint16(version.major).uint16(version.minor).int32(unsupportedOptions.length);
  unsupportedOptions.forEach((option) => writer.cstring(option));
  return writer.finish();
}

export function decodeNegotiateProtocolVersion(body: Uint8Array): NegotiateProtocolVersion {
  const reader = new Reader(body);
  const version = { major: reader.uint16(), minor: reader.uint16() };
  const unsupportedOptions = readItems(reader, reader.int32(), 1, (reader) => reader.cstring());
  reader.end();
  return { type: "NegotiateProtocolVersion", version, unsupportedOptions };
}
