import fc from "fast-check";
import { expect, test } from "vitest";
import { CString } from "./cstring.ts";
import { describe } from "./describe.ts";
import type { BackendMessage } from "./messages/backend.ts";
import type { FrontendMessage } from "./messages/frontend.ts";
import { backendMessage, frontendMessage } from "./test-support/arbitrary.ts";
import { FUZZ_RUNS } from "./test-support/frames.ts";

const SECRET = "hunter2-s3cret";
const secret = CString.from(SECRET);
const { bytes } = secret;

const secretive: readonly (FrontendMessage | BackendMessage)[] = [
  { type: "PasswordMessage", password: secret },
  { type: "SASLInitialResponse", mechanism: CString.from("SCRAM-SHA-256"), data: bytes },
  { type: "SASLResponse", data: bytes },
  { type: "GSSResponse", data: bytes },
  { type: "StartupMessage", version: { major: 3, minor: 0 }, parameters: new Map([["options", SECRET]]) },
  { type: "CancelRequest", processId: 1, secretKey: bytes },
  { type: "BackendKeyData", processId: 1, secretKey: bytes },
  { type: "AuthenticationSASLContinue", data: bytes },
  { type: "AuthenticationSASLFinal", data: bytes },
  { type: "AuthenticationGSSContinue", data: bytes },
  { type: "Query", query: secret },
  { type: "Parse", statement: CString.from("s"), query: secret, parameterTypes: [] },
  {
    type: "Bind",
    portal: CString.from(""),
    statement: CString.from("s"),
    parameterFormats: [],
    parameters: [bytes],
    resultFormats: [],
  },
  { type: "FunctionCall", functionOid: 1, argumentFormats: [], arguments: [bytes], resultFormat: 0 },
  { type: "FunctionCallResponse", value: bytes },
  { type: "DataRow", values: [bytes] },
  { type: "CopyData", data: bytes },
  { type: "ParameterStatus", name: CString.from("application_name"), value: secret },
  { type: "NotificationResponse", processId: 1, channel: CString.from("c"), payload: secret },
  { type: "ErrorResponse", fields: [{ letter: "D", value: secret }] },
];

test.each(secretive)("$type shows no contents", (message) => {
  const described = JSON.stringify(describe(message));
  expect(described).toContain(message.type);
  expect(described).not.toContain(SECRET);
  expect(described).not.toContain(Buffer.from(bytes).toString("base64"));
  expect(described).not.toContain(Buffer.from(bytes).toString("hex"));
});

test("every message can be described, in plain values", () => {
  fc.assert(
    fc.property(fc.oneof(frontendMessage, backendMessage), (message) => {
      for (const fact of Object.values(describe(message))) expect(typeof fact).not.toBe("object");
    }),
    { numRuns: FUZZ_RUNS },
  );
});

test("facts tell what a trace needs", () => {
  expect(describe({ type: "Execute", portal: CString.from("p"), maxRows: 5 })).toEqual({
    type: "Execute",
    portal: "p",
    maxRows: 5,
  });
  expect(describe({ type: "ReadyForQuery", status: "failed" })).toEqual({
    type: "ReadyForQuery",
    status: "failed",
  });
});
