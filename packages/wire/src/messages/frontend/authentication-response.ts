import type { CString } from "../../cstring.ts";
import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { readValue, type Value, writeValue } from "../lists.ts";
import { FRONTEND_TAG } from "./tag.ts";

/** The answer to AuthenticationCleartextPassword or AuthenticationMD5Password. */
export type PasswordMessage = { readonly type: "PasswordMessage"; readonly password: CString };

/** The answer to AuthenticationSASL. */
export type SASLInitialResponse = {
  readonly type: "SASLInitialResponse";
  readonly mechanism: CString;
  /** The mechanism's first data, or null for none. */
  readonly data: Value;
};

/** The answer to AuthenticationSASLContinue. */
export type SASLResponse = { readonly type: "SASLResponse"; readonly data: Uint8Array };

/** The answer to AuthenticationGSS, AuthenticationSSPI or AuthenticationGSSContinue. */
export type GSSResponse = { readonly type: "GSSResponse"; readonly data: Uint8Array };

/** All of these share the tag `p`: only the request that went before tells them apart. */
export type AuthenticationResponse = PasswordMessage | SASLInitialResponse | SASLResponse | GSSResponse;

export function encodeAuthenticationResponse(message: AuthenticationResponse): Uint8Array {
  const writer = new Writer(FRONTEND_TAG.PasswordMessage);
  switch (message.type) {
    case "PasswordMessage":
      return writer.cstring(message.password).finish();
    case "SASLInitialResponse":
      writeValue(writer.cstring(message.mechanism), message.data);
      return writer.finish();
    default:
      return writer.bytes(message.data).finish();
  }
}

export function decodePasswordMessage(body: Uint8Array): PasswordMessage {
  const reader = new Reader(body);
  const password = reader.cstring();
  reader.end();
  return { type: "PasswordMessage", password };
}

export function decodeSASLInitialResponse(body: Uint8Array): SASLInitialResponse {
  const reader = new Reader(body);
  const mechanism = reader.cstring();
  const data = readValue(reader);
  reader.end();
  return { type: "SASLInitialResponse", mechanism, data };
}

export function decodeSASLResponse(body: Uint8Array): SASLResponse {
  return { type: "SASLResponse", data: body };
}

export function decodeGSSResponse(body: Uint8Array): GSSResponse {
  return { type: "GSSResponse", data: body };
}
