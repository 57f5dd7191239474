import type { CString } from "../../cstring.ts";
import { ProtocolError } from "../../errors.ts";
import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { BACKEND_TAG } from "./tag.ts";

export type AuthenticationOk = { readonly type: "AuthenticationOk" };
export type AuthenticationKerberosV5 = { readonly type: "AuthenticationKerberosV5" };
export type AuthenticationCleartextPassword = { readonly type: "AuthenticationCleartextPassword" };
export type AuthenticationGSS = { readonly type: "AuthenticationGSS" };
export type AuthenticationSSPI = { readonly type: "AuthenticationSSPI" };
/** `salt` has 4 bytes. */
export type AuthenticationMD5Password = {
  readonly type: "AuthenticationMD5Password";
  readonly salt: Uint8Array;
};
export type AuthenticationGSSContinue = {
  readonly type: "AuthenticationGSSContinue";
  readonly data: Uint8Array;
};
/** `mechanisms` in the server's order of preference. */
export type AuthenticationSASL = {
  readonly type: "AuthenticationSASL";
  readonly mechanisms: readonly CString[];
};
export type AuthenticationSASLContinue = {
  readonly type: "AuthenticationSASLContinue";
  readonly data: Uint8Array;
};
export type AuthenticationSASLFinal = { readonly type: "AuthenticationSASLFinal"; readonly data: Uint8Array };

/** What the server wants next before it lets the client in; all of them carry the tag `R`. */
export type Authentication =
  | AuthenticationOk
  | AuthenticationKerberosV5
  | AuthenticationCleartextPassword
  | AuthenticationMD5Password
  | AuthenticationGSS
  | AuthenticationGSSContinue
  | AuthenticationSSPI
  | AuthenticationSASL
  | AuthenticationSASLContinue
  | AuthenticationSASLFinal;

const CODE = {
  AuthenticationOk: 0,
  AuthenticationKerberosV5: 2,
  AuthenticationCleartextPassword: 3,
  AuthenticationMD5Password: 5,
  AuthenticationGSS: 7,
  AuthenticationGSSContinue: 8,
  AuthenticationSSPI: 9,
  AuthenticationSASL: 10,
  AuthenticationSASLContinue: 11,
  AuthenticationSASLFinal: 12,
} as const satisfies Record<Authentication["type"], number>;

const SALT_LENGTH = 4;

export function encodeAuthentication(message: Authentication): Uint8Array {
  const writer = new Writer(BACKEND_TAG.Authentication).uint32(CODE[message.type]);
  switch (message.type) {
    case "AuthenticationMD5Password":
      checkSalt(message.salt);
      return writer.bytes(message.salt).finish();
    case "AuthenticationGSSContinue":
    case "AuthenticationSASLContinue":
    case "AuthenticationSASLFinal":
      return writer.bytes(message.data).finish();
    case "AuthenticationSASL":
      message.mechanisms.forEach((mechanism) => writeMechanism(writer, mechanism));
      return writer.byte(0).finish();
    default:
      return writer.finish();
  }
}

/** @throws ProtocolError `value.invalid` for a request that no PostgreSQL since 9.0 makes */
export function decodeAuthentication(body: Uint8Array): Authentication {
  const reader = new Reader(body);
  const message = readRequest(reader, reader.uint32());
  reader.end();
  return message;
}

function readRequest(reader: Reader, code: number): Authentication {
  switch (code) {
    case CODE.AuthenticationOk:
      return { type: "AuthenticationOk" };
    case CODE.AuthenticationKerberosV5:
      return { type: "AuthenticationKerberosV5" };
    case CODE.AuthenticationCleartextPassword:
      return { type: "AuthenticationCleartextPassword" };
    case CODE.AuthenticationMD5Password:
      return { type: "AuthenticationMD5Password", salt: reader.bytes(SALT_LENGTH) };
    case CODE.AuthenticationGSS:
      return { type: "AuthenticationGSS" };
    case CODE.AuthenticationGSSContinue:
      return { type: "AuthenticationGSSContinue", data: reader.rest() };
    case CODE.AuthenticationSSPI:
      return { type: "AuthenticationSSPI" };
    case CODE.AuthenticationSASL:
      return { type: "AuthenticationSASL", mechanisms: readMechanisms(reader) };
    case CODE.AuthenticationSASLContinue:
      return { type: "AuthenticationSASLContinue", data: reader.rest() };
    case CODE.AuthenticationSASLFinal:
      return { type: "AuthenticationSASLFinal", data: reader.rest() };
    default:
      throw new ProtocolError("value.invalid", `unknown authentication request ${code}`);
  }
}

function checkSalt(salt: Uint8Array): void {
  if (salt.length === SALT_LENGTH) return;
  throw new ProtocolError("length.invalid", `an MD5 salt has ${salt.length} bytes`);
}

function writeMechanism(writer: Writer, mechanism: CString): void {
  if (mechanism.bytes.length === 0) {
    throw new ProtocolError("value.invalid", "an empty SASL mechanism would end the list");
  }
  writer.cstring(mechanism);
}

function readMechanisms(reader: Reader): readonly CString[] {
  const mechanisms: CString[] = [];
  for (;;) {
    const mechanism = reader.cstring();
    if (mechanism.bytes.length === 0) return mechanisms;
    mechanisms.push(mechanism);
  }
}
