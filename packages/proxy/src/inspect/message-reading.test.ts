import { recordLimits } from "@postern/core/audit/record";
import { CString } from "@postern/wire/cstring";
import { encodeFrontend, type FrontendMessage } from "@postern/wire/messages/frontend";
import { FRONTEND_TAG } from "@postern/wire/messages/frontend/tag";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ClientMessage, readMessage } from "./client-message.ts";
import { MessageReading } from "./message-reading.ts";

function readInParts(bytes: Uint8Array, size: number): ClientMessage | undefined {
  const reading = new MessageReading(bytes[0] ?? 0, bytes.length - 5);
  for (let at = 5; at < bytes.length; at += size) reading.feed(bytes.subarray(at, at + size));
  return reading.finish();
}

/** A megabyte of bytes is compared as a string: as an array it takes seconds. */
function comparable(message: ClientMessage | undefined): unknown {
  if (message?.type !== "Query" && message?.type !== "Parse") return message;
  const { whole, ...text } = message.text;
  return { ...message, text: { ...text, whole: whole && Buffer.from(whole).toString("latin1") } };
}

/** Made only when it is used, so that a failure shows the sizes and not the megabytes. */
interface Sizes {
  readonly type: "Query" | "Parse" | "Bind" | "FunctionCall";
  readonly text: number;
  readonly unit: string;
  readonly values: readonly (number | null)[];
  readonly formats: number[];
}

const limit = recordLimits.statementBytes;
const sizes: fc.Arbitrary<Sizes> = fc.record({
  type: fc.constantFrom("Query", "Parse", "Bind", "FunctionCall"),
  text: fc.oneof(fc.nat(1000), fc.integer({ min: limit - 5, max: limit + 5 })),
  unit: fc.constantFrom("x", "ä€😀", "\u0001", "prepare "),
  values: fc.array(fc.option(fc.oneof(fc.nat(9), fc.nat(100_000))), { maxLength: 30 }),
  formats: fc.constantFrom([], [0], [1]),
});

function make({ type, text, unit, values: lengths, formats }: Sizes): FrontendMessage {
  const name = CString.from("name");
  const sql = new CString(Buffer.alloc(text, unit));
  const values = lengths.map((length) => (length === null ? null : Buffer.alloc(length, unit)));
  switch (type) {
    case "Query":
      return { type, query: sql };
    case "Parse":
      return { type, statement: name, query: sql, parameterTypes: [23, 0] };
    case "Bind":
      return {
        type,
        portal: name,
        statement: name,
        parameterFormats: formats,
        parameters: values,
        resultFormats: [1],
      };
    case "FunctionCall":
      return { type, functionOid: 955, argumentFormats: formats, arguments: values, resultFormat: 1 };
  }
}

test("a message is recorded the same whether it comes whole or in parts", () => {
  const property = fc.property(sizes, fc.constantFrom(11, 4096, 65_536), (made, size) => {
    const bytes = encodeFrontend(make(made));
    const whole = readMessage({ type: "message", tag: bytes[0] ?? 0, bytes });
    expect(comparable(readInParts(bytes, size))).toEqual(comparable(whole));
  });
  expect(() => fc.assert(property, { numRuns: 60 })).not.toThrow();
});

test("which function is called is known before its arguments have come", () => {
  const reading = new MessageReading(FRONTEND_TAG.FunctionCall, 1 << 20);
  reading.feed(Uint8Array.of(0, 0, 3));
  expect(reading.head).toBeUndefined();
  reading.feed(Uint8Array.of(0xbb));
  expect(reading.head).toEqual({ type: "FunctionCall", functionOid: 955 });
  expect(reading.finish()).toBeUndefined();
});
