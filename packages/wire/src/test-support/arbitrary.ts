/** Every message there is, at random, for properties. Strings are bytes of no particular encoding, as on the wire. */
import fc, { type Arbitrary } from "fast-check";
import { CString } from "../cstring.ts";
import type { BackendMessage } from "../messages/backend.ts";
import type { FrontendMessage } from "../messages/frontend.ts";

const bytes = fc.uint8Array({ maxLength: 40 });
const key = fc.uint8Array({ minLength: 4, maxLength: 256 });
const cstring = fc.oneof(
  fc.uint8Array({ min: 1, maxLength: 40 }).map((bytes) => new CString(bytes)),
  fc.constantFrom("", "select 1", "größe").map((text) => CString.from(text)),
);
const named = cstring.filter((text) => text.bytes.length > 0);
const value = fc.option(bytes);
const values = fc.array(value, { maxLength: 8 });
const uint16 = fc.integer({ min: 0, max: 0xffff });
const int16 = fc.integer({ min: -0x8000, max: 0x7fff });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const int32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const formats = fc.array(fc.constantFrom(0, 1, 0xffff), { maxLength: 8 });
const oids = fc.array(uint32, { maxLength: 8 });

// Without NUL, and well formed: start-up parameters are UTF-8.
const text = fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => text.replaceAll("\0", ""));
const parameters = fc
  .array(
    fc.tuple(
      text.filter((name) => name !== ""),
      text,
    ),
    { maxLength: 8 },
  )
  .map((entries) => new Map(entries));

/** A union over the types of a message, each with the arbitraries of its fields: leaving one out does not compile. */
type Recipes<Message extends { type: string }> = {
  [Type in Message["type"]]: {
    [Field in Exclude<keyof Extract<Message, { type: Type }>, "type">]: Arbitrary<
      Extract<Message, { type: Type }>[Field]
    >;
  };
};

const frontendRecipes: Recipes<FrontendMessage> = {
  StartupMessage: { version: fc.record({ major: fc.constant(3), minor: uint16 }), parameters },
  SSLRequest: {},
  GSSENCRequest: {},
  CancelRequest: { processId: int32, secretKey: key },
  PasswordMessage: { password: cstring },
  SASLInitialResponse: { mechanism: cstring, data: value },
  SASLResponse: { data: bytes },
  GSSResponse: { data: bytes },
  Query: { query: cstring },
  Parse: { statement: cstring, query: cstring, parameterTypes: oids },
  Bind: {
    portal: cstring,
    statement: cstring,
    parameterFormats: formats,
    parameters: values,
    resultFormats: formats,
  },
  Describe: { target: fc.constantFrom("statement", "portal"), name: cstring },
  Close: { target: fc.constantFrom("statement", "portal"), name: cstring },
  Execute: { portal: cstring, maxRows: int32 },
  Sync: {},
  Flush: {},
  Terminate: {},
  FunctionCall: { functionOid: uint32, argumentFormats: formats, arguments: values, resultFormat: uint16 },
  CopyData: { data: bytes },
  CopyDone: {},
  CopyFail: { reason: cstring },
};

const errorFields = fc.array(
  fc.record({
    letter: fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte)),
    value: cstring,
  }),
  { maxLength: 8 },
);
const copyFormats = { format: fc.constantFrom(0, 1), columnFormats: formats };

const backendRecipes: Recipes<BackendMessage> = {
  AuthenticationOk: {},
  AuthenticationKerberosV5: {},
  AuthenticationCleartextPassword: {},
  AuthenticationMD5Password: { salt: fc.uint8Array({ minLength: 4, maxLength: 4 }) },
  AuthenticationGSS: {},
  AuthenticationGSSContinue: { data: bytes },
  AuthenticationSSPI: {},
  AuthenticationSASL: { mechanisms: fc.array(named, { maxLength: 4 }) },
  AuthenticationSASLContinue: { data: bytes },
  AuthenticationSASLFinal: { data: bytes },
  BackendKeyData: { processId: int32, secretKey: key },
  BindComplete: {},
  CloseComplete: {},
  CommandComplete: { tag: cstring },
  CopyBothResponse: copyFormats,
  CopyInResponse: copyFormats,
  CopyOutResponse: copyFormats,
  CopyData: { data: bytes },
  CopyDone: {},
  DataRow: { values },
  EmptyQueryResponse: {},
  ErrorResponse: { fields: errorFields },
  FunctionCallResponse: { value },
  NegotiateProtocolVersion: {
    version: fc.record({ major: uint16, minor: uint16 }),
    unsupportedOptions: fc.array(cstring, { maxLength: 4 }),
  },
  NoData: {},
  NoticeResponse: { fields: errorFields },
  NotificationResponse: { processId: int32, channel: cstring, payload: cstring },
  ParameterDescription: { parameterTypes: oids },
  ParameterStatus: { name: cstring, value: cstring },
  ParseComplete: {},
  PortalSuspended: {},
  ReadyForQuery: { status: fc.constantFrom("idle", "transaction", "failed") },
  RowDescription: {
    fields: fc.array(
      fc.record({
        name: cstring,
        tableOid: uint32,
        columnNumber: int16,
        dataTypeOid: uint32,
        dataTypeSize: int16,
        typeModifier: int32,
        format: uint16,
      }),
      { maxLength: 8 },
    ),
  },
};

export const frontendMessage: Arbitrary<FrontendMessage> = oneOf(frontendRecipes);
export const backendMessage: Arbitrary<BackendMessage> = oneOf(backendRecipes);

function oneOf<Message extends { type: string }>(recipes: Recipes<Message>): Arbitrary<Message> {
  const messages = Object.entries<Record<string, Arbitrary<unknown>>>(recipes).map(([type, fields]) =>
    fc.record({ type: fc.constant(type), ...fields }),
  );
  // `Recipes` has checked each type's fields; Object.entries only forgets which belong together.
  return fc.oneof(...messages) as Arbitrary<unknown> as Arbitrary<Message>;
}
