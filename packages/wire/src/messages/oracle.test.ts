/** node-postgres' codec as a second opinion: it writes what frontends send and reads what backends send. */
import fc from "fast-check";
import { serialize } from "pg-protocol";
import { Parser } from "pg-protocol/dist/parser.js";
import { describe, expect, test } from "vitest";
import { CString } from "../cstring.ts";
import { backendMessage } from "../test-support/arbitrary.ts";
import { FUZZ_RUNS, frameOf, isStartup, responseType } from "../test-support/frames.ts";
import type { BackendMessage } from "./backend.ts";
import { encodeBackend } from "./backend.ts";
import { decodeFrontend, encodeFrontend, type FrontendMessage } from "./frontend.ts";

const text = (text: string) => CString.from(text);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

const written: readonly { bytes: Buffer; message: FrontendMessage }[] = [
  {
    bytes: serialize.startup({ user: "alice", database: "postgres" }),
    message: {
      type: "StartupMessage",
      version: { major: 3, minor: 0 },
      parameters: new Map([
        ["user", "alice"],
        ["database", "postgres"],
        ["client_encoding", "UTF8"],
      ]),
    },
  },
  { bytes: serialize.requestSsl(), message: { type: "SSLRequest" } },
  {
    bytes: serialize.cancel(4711, 0x01020304),
    message: { type: "CancelRequest", processId: 4711, secretKey: Uint8Array.of(1, 2, 3, 4) },
  },
  { bytes: serialize.password("größe"), message: { type: "PasswordMessage", password: text("größe") } },
  {
    bytes: serialize.sendSASLInitialResponseMessage("SCRAM-SHA-256", "n,,n=*,r=x"),
    message: {
      type: "SASLInitialResponse",
      mechanism: text("SCRAM-SHA-256"),
      data: text("n,,n=*,r=x").bytes,
    },
  },
  {
    bytes: serialize.sendSCRAMClientFinalMessage("c=biws,r=x,p=y"),
    message: { type: "SASLResponse", data: text("c=biws,r=x,p=y").bytes },
  },
  { bytes: serialize.query("select 'ß'"), message: { type: "Query", query: text("select 'ß'") } },
  {
    bytes: serialize.parse({ name: "s1", text: "select $1", types: [23, 4_000_000_000] }),
    message: {
      type: "Parse",
      statement: text("s1"),
      query: text("select $1"),
      parameterTypes: [23, 4_000_000_000],
    },
  },
  {
    bytes: serialize.bind({
      portal: "p1",
      statement: "s1",
      values: ["1", null, Buffer.from([0, 1])],
      binary: true,
    }),
    message: {
      type: "Bind",
      portal: text("p1"),
      statement: text("s1"),
      parameterFormats: [0, 0, 1],
      parameters: [text("1").bytes, null, Uint8Array.of(0, 1)],
      resultFormats: [1],
    },
  },
  {
    bytes: serialize.describe({ type: "S", name: "s1" }),
    message: { type: "Describe", target: "statement", name: text("s1") },
  },
  {
    bytes: serialize.describe({ type: "P" }),
    message: { type: "Describe", target: "portal", name: text("") },
  },
  {
    bytes: serialize.close({ type: "P", name: "p1" }),
    message: { type: "Close", target: "portal", name: text("p1") },
  },
  {
    bytes: serialize.execute({ portal: "p1", rows: 100 }),
    message: { type: "Execute", portal: text("p1"), maxRows: 100 },
  },
  { bytes: serialize.sync(), message: { type: "Sync" } },
  { bytes: Buffer.from(serialize.flush()), message: { type: "Flush" } },
  { bytes: Buffer.from(serialize.end()), message: { type: "Terminate" } },
  {
    bytes: serialize.copyData(Buffer.from("1\tx\n")),
    message: { type: "CopyData", data: text("1\tx\n").bytes },
  },
  { bytes: Buffer.from(serialize.copyDone()), message: { type: "CopyDone" } },
  { bytes: serialize.copyFail("enough"), message: { type: "CopyFail", reason: text("enough") } },
];

describe("what pg-protocol writes", () => {
  test.each(written)("$message.type is what we write", ({ bytes, message }) => {
    expect(hex(encodeFrontend(message))).toBe(hex(bytes));
  });

  test.each(written)("$message.type is read by us", ({ bytes, message }) => {
    const frame = frameOf(isStartup(message) ? "startup" : "typed", [Uint8Array.from(bytes)]);
    const decoded = decodeFrontend(frame, responseType(message.type));
    expect(decoded).toEqual(message);
  });
});

/** What pg-protocol's parser makes of a message of ours; undefined for what it does not know. */
function expectation(message: BackendMessage): Record<string, unknown> | undefined {
  switch (message.type) {
    case "AuthenticationOk":
    case "AuthenticationCleartextPassword":
      return { name: lowerFirst(message.type) };
    case "AuthenticationMD5Password":
      return { name: lowerFirst(message.type), salt: Buffer.from(message.salt) };
    case "AuthenticationSASL":
      return { name: lowerFirst(message.type), mechanisms: message.mechanisms.map((each) => each.utf8) };
    case "AuthenticationSASLContinue":
    case "AuthenticationSASLFinal":
      return { name: lowerFirst(message.type), data: utf8(message.data) };
    case "BackendKeyData": {
      if (message.secretKey.length !== 4) return undefined;
      const secretKey = Buffer.from(message.secretKey).readInt32BE();
      return { name: "backendKeyData", processID: message.processId, secretKey };
    }
    case "BindComplete":
    case "CloseComplete":
    case "CopyDone":
    case "NoData":
    case "ParseComplete":
    case "PortalSuspended":
      return { name: lowerFirst(message.type) };
    case "EmptyQueryResponse":
      return { name: "emptyQuery" };
    case "CommandComplete":
      return { name: "commandComplete", text: message.tag.utf8 };
    case "CopyData":
      return { name: "copyData", chunk: Buffer.from(message.data) };
    case "CopyInResponse":
    case "CopyOutResponse":
      return { name: lowerFirst(message.type), binary: message.format !== 0 };
    case "DataRow":
      return { name: "dataRow", fields: message.values.map((value) => value && utf8(value)) };
    case "NotificationResponse": {
      const { processId, channel, payload } = message;
      return { name: "notification", processId, channel: channel.utf8, payload: payload.utf8 };
    }
    case "ParameterDescription":
      return { name: "parameterDescription", dataTypeIDs: message.parameterTypes };
    case "ParameterStatus":
      return {
        name: "parameterStatus",
        parameterName: message.name.utf8,
        parameterValue: message.value.utf8,
      };
    case "ReadyForQuery":
      return {
        name: "readyForQuery",
        status: { idle: "I", transaction: "T", failed: "E" }[message.status],
      };
    case "RowDescription":
      return {
        name: "rowDescription",
        fields: message.fields.map((field) => ({
          name: field.name.utf8,
          tableID: field.tableOid,
          columnID: field.columnNumber,
          dataTypeID: field.dataTypeOid,
          dataTypeSize: field.dataTypeSize,
          dataTypeModifier: field.typeModifier,
          format: field.format === 0 ? "text" : "binary",
        })),
      };
    default:
      return undefined;
  }
}

const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
const utf8 = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");

function parse(bytes: Uint8Array): unknown[] {
  const messages: unknown[] = [];
  new Parser().parse(Buffer.from(bytes), (message) => messages.push(message));
  return messages;
}

describe("what we write", () => {
  test("is what pg-protocol reads, for every backend message that it knows", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(backendMessage, (message) => {
        const expected = expectation(message);
        fc.pre(expected !== undefined);
        seen.add(message.type);
        expect(parse(encodeBackend(message))).toMatchObject([expected]);
      }),
      { numRuns: FUZZ_RUNS },
    );
    expect(seen.size).toBeGreaterThan(15);
  });

  test("as an error is what node-postgres throws", () => {
    const fields = { S: "FEHLER", V: "ERROR", C: "42601", M: "nein", D: "d", H: "h", P: "7", R: "scanner" };
    const bytes = encodeBackend({
      type: "ErrorResponse",
      fields: Object.entries(fields).map(([letter, value]) => ({ letter, value: text(value) })),
    });
    const error = { severity: "FEHLER", code: "42601", message: "nein", detail: "d", hint: "h" };
    expect(parse(bytes)).toMatchObject([{ ...error, position: "7", routine: "scanner" }]);
  });
});
