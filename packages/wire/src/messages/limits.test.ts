/** What a peer may claim, and what we refuse to write. */
import { expect, test } from "vitest";
import { CString } from "../cstring.ts";
import { encodeBackendKeyData } from "./backend/backend-key-data.ts";
import { decodeDataRow, encodeDataRow } from "./backend/data-row.ts";
import { decodeErrorResponse, encodeErrorResponse } from "./backend/error-response.ts";
import { decodeNegotiateProtocolVersion } from "./backend/negotiate-protocol-version.ts";
import { decodeBackend } from "./backend.ts";
import { decodeBind, encodeBind } from "./frontend/bind.ts";
import { encodeStartupMessage } from "./frontend/startup-message.ts";
import { decodeStartupPacket } from "./frontend/startup-packet.ts";
import { decodeFrontend } from "./frontend.ts";

const code = (code: string) => expect.objectContaining({ name: "ProtocolError", code });
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const EMPTY = CString.from("");

test("a count that the bytes cannot hold is refused before its items are read", () => {
  expect(() => decodeDataRow(bytes("ffff ffffffff"))).toThrow(code("count.invalid"));
  expect(() => decodeNegotiateProtocolVersion(bytes("00030002 ffffffff"))).toThrow(code("count.invalid"));
  expect(() => decodeNegotiateProtocolVersion(bytes("00030002 7fffffff 61 00"))).toThrow(
    code("count.invalid"),
  );
});

test("NULL is the only value with a negative length", () => {
  expect(decodeDataRow(bytes("0001 ffffffff")).values).toEqual([null]);
  expect(() => decodeDataRow(bytes("0001 fffffffe"))).toThrow(code("length.invalid"));
  expect(() => decodeDataRow(bytes("0001 80000000"))).toThrow(code("length.invalid"));
  expect(() => decodeDataRow(bytes("0001 7fffffff"))).toThrow(code("message.truncated"));
});

test("counts are unsigned: a Bind carries as many parameters as PostgreSQL takes", () => {
  const bind = (count: number) =>
    encodeBind({
      type: "Bind",
      portal: EMPTY,
      statement: EMPTY,
      parameterFormats: [],
      parameters: Array.from({ length: count }, () => null),
      resultFormats: [],
    });
  expect(decodeBind(bind(65535).subarray(5)).parameters).toHaveLength(65535);
  expect(() => bind(65536)).toThrow(code("value.invalid"));
});

test("cancel keys have 4 to 256 bytes, both ways", () => {
  const backendKeyData = (length: number) =>
    encodeBackendKeyData({ type: "BackendKeyData", processId: 1, secretKey: new Uint8Array(length) });
  const cancelRequest = (length: number) =>
    decodeStartupPacket(Buffer.concat([bytes("04d2162e 00000001"), new Uint8Array(length)]));
  for (const length of [4, 32, 256]) {
    expect(backendKeyData(length)).toHaveLength(9 + length);
    expect(cancelRequest(length)).toMatchObject({ secretKey: { length } });
  }
  for (const length of [0, 3, 257]) {
    expect(() => backendKeyData(length)).toThrow(code("length.invalid"));
    expect(() => cancelRequest(length)).toThrow(code("length.invalid"));
  }
});

test("start-up parameters: none twice, none nameless, all UTF-8, all terminated", () => {
  const startup = (text: string) => decodeStartupPacket(Buffer.from(`\0\x03\0\0${text}`, "latin1"));
  expect(startup("user\0a\0\0")).toMatchObject({ parameters: new Map([["user", "a"]]) });
  expect(() => startup("user\0a\0user\0b\0\0")).toThrow(code("startup.duplicate"));
  expect(() => startup("user\0gr\xf6\0\0")).toThrow(code("string.encoding"));
  expect(() => startup("user\0a\0")).toThrow(code("string.unterminated"));
  expect(() => startup("user\0a\0\0database\0b\0\0")).toThrow(code("message.trailing"));
  expect(() => startup("user\0\0")).toThrow(code("string.unterminated"));
  const encode = (name: string, value: string) =>
    encodeStartupMessage({
      type: "StartupMessage",
      version: { major: 3, minor: 0 },
      parameters: new Map([[name, value]]),
    });
  expect(() => encode("", "x")).toThrow(code("value.invalid"));
  expect(() => encode("user", "a\0options")).toThrow(code("string.nul"));
  expect(() => encode("user", "x".repeat(10_000))).toThrow(code("message.too_long"));
});

test("names that look like connection strings stay names", () => {
  const user = `a' host=evil "b" \u202e аlice`;
  const packet = encodeStartupMessage({
    type: "StartupMessage",
    version: { major: 3, minor: 0 },
    parameters: new Map([["user", user]]),
  });
  expect(decodeStartupPacket(packet.subarray(4))).toMatchObject({ parameters: new Map([["user", user]]) });
});

test("another major version is told apart before anything of it is read", () => {
  for (const version of ["00020000", "00040000", "00000000", "47455420", "04d21628"]) {
    expect(() => decodeStartupPacket(bytes(`${version} ff`))).toThrow(code("version.unsupported"));
  }
});

test("requests for encryption have no body", () => {
  expect(() => decodeStartupPacket(bytes("04d2162f 00"))).toThrow(code("message.trailing"));
  expect(() => decodeStartupPacket(bytes("04d21630 00"))).toThrow(code("message.trailing"));
});

test("tags of the other direction are unknown", () => {
  const frame = (tag: string) =>
    ({ type: "message", tag: tag.charCodeAt(0), bytes: new Uint8Array(5) }) as const;
  for (const tag of "RKTZ123\0") expect(() => decodeFrontend(frame(tag))).toThrow(code("tag.unknown"));
  for (const tag of "QPBFXp\0") expect(() => decodeBackend(frame(tag))).toThrow(code("tag.unknown"));
});

test("an error without any field, even its SQLSTATE, is still an error", () => {
  expect(decodeErrorResponse(bytes("00")).fields).toEqual([]);
  expect(() => decodeErrorResponse(bytes(""))).toThrow(code("message.truncated"));
});

test("an error field's type is one byte that does not end the list", () => {
  for (const letter of ["", "\0", "SV", "ß€"]) {
    expect(() => encodeErrorResponse({ type: "ErrorResponse", fields: [{ letter, value: EMPTY }] })).toThrow(
      code("value.invalid"),
    );
  }
});

test("a value's claimed size never reaches the wire without its bytes", () => {
  const huge = new Proxy(new Uint8Array(0), {
    get: (target, property) => (property === "length" ? 2 ** 32 + 5 : Reflect.get(target, property, target)),
  });
  expect(() => encodeDataRow({ type: "DataRow", values: [huge] })).toThrow(code("value.invalid"));
});
