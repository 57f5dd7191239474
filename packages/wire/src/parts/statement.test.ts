/** Reading in parts against reading whole, which is the oracle: the same fields, and the same errors. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ProtocolError } from "../errors.ts";
import { FRONTEND_TAG } from "../messages/frontend/tag.ts";
import { decodeFrontend, encodeFrontend, type FrontendMessage } from "../messages/frontend.ts";
import { frontendMessage } from "../test-support/arbitrary.ts";
import { FUZZ_RUNS } from "../test-support/frames.ts";
import type { TakeValues } from "./lists.ts";
import { StatementReading, type TakeContents } from "./statement.ts";

/** Keeps everything, copied: what is fed may be overwritten. */
class Kept implements TakeContents, TakeValues {
  #text: Uint8Array[] = [];
  formats: readonly number[] | undefined;
  #values: (Uint8Array[] | null)[] = [];
  #lengths: (number | null)[] = [];

  text(bytes: Uint8Array): void {
    this.#text.push(bytes.slice());
  }

  values(formats: readonly number[]): TakeValues {
    this.formats = formats;
    return this;
  }

  functionOid(): void {
    this.#text = [];
  }

  begin(length: number | null): void {
    this.#lengths.push(length);
    this.#values.push(length === null ? null : []);
  }

  bytes(bytes: Uint8Array): void {
    this.#values.at(-1)?.push(bytes.slice());
  }

  get contents() {
    const values = this.#values.map((pieces) => pieces && latin1(Buffer.concat(pieces)));
    return { text: latin1(Buffer.concat(this.#text)), formats: this.formats, values, lengths: this.#lengths };
  }
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

function readInParts(tag: number, body: Uint8Array, size: number): unknown {
  const kept = new Kept();
  const reading = new StatementReading(tag, body.length, kept);
  for (let at = 0; at < body.length; at += size) {
    if (reading.statement) throw new Error("read before its end");
    const piece = body.slice(at, at + size);
    reading.feed(piece);
    piece.fill(0xee);
  }
  const { statement } = reading;
  if (statement === undefined) return undefined;
  const names = "statement" in statement ? { statement: statement.statement.key } : {};
  const portal = "portal" in statement ? { portal: statement.portal.key } : {};
  return { ...statement, ...names, ...portal, ...kept.contents };
}

function readWhole(tag: number, body: Uint8Array): unknown {
  const bytes = Buffer.concat([Uint8Array.of(tag, 0, 0, 0, 0), body]);
  const message = decodeFrontend({ type: "message", tag, bytes });
  switch (message.type) {
    case "Query":
      return { type: "Query", text: message.query.key, ...listed([], undefined) };
    case "Parse": {
      const { type, statement, query, parameterTypes } = message;
      return { type, statement: statement.key, text: query.key, parameterTypes, ...listed([], undefined) };
    }
    case "Bind": {
      const { type, portal, statement, parameterFormats, parameters } = message;
      const names = { portal: portal.key, statement: statement.key };
      return { type, ...names, text: "", ...listed(parameters, parameterFormats) };
    }
    case "FunctionCall": {
      const { type, functionOid, argumentFormats, arguments: given } = message;
      return { type, functionOid, text: "", ...listed(given, argumentFormats) };
    }
    default:
      throw new Error(`${message.type} isn't read in parts`);
  }
}

function listed(values: readonly (Uint8Array | null)[], formats: readonly number[] | undefined) {
  const lengths = values.map((value) => value?.length ?? null);
  return { formats, values: values.map((value) => value && latin1(value)), lengths };
}

/** What it gave, or the code of what it threw. */
function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

const isStatement = ({ type }: FrontendMessage): boolean =>
  type === "Query" || type === "Parse" || type === "Bind" || type === "FunctionCall";
const statement = frontendMessage.filter(isStatement).map(encodeFrontend);
const size = fc.constantFrom(1, 2, 3, 5, 7, 64, 1 << 20);

test("a message in parts of any size reads as the whole one does", () => {
  const property = fc.property(statement, size, (bytes, size) => {
    const [tag = 0] = bytes;
    const body = bytes.subarray(5);
    expect(readInParts(tag, body, size)).toEqual(readWhole(tag, body));
  });
  expect(() => fc.assert(property, { numRuns: FUZZ_RUNS })).not.toThrow();
});

test("what is wrong with a message is found in parts as it is in the whole, and nothing else is thrown", () => {
  const edit = fc.record({ at: fc.nat(300), remove: fc.nat(3), insert: fc.uint8Array({ maxLength: 3 }) });
  const edits = fc.array(edit, { maxLength: 3 });
  const property = fc.property(statement, edits, size, (bytes, edits, size) => {
    const [tag = 0, , , , , ...body] = bytes;
    for (const { at, remove, insert } of edits) body.splice(at % (body.length + 1), remove, ...insert);
    fc.pre(body.length > 0);
    const edited = Uint8Array.from(body);
    expect(outcome(() => readInParts(tag, edited, size))).toEqual(outcome(() => readWhole(tag, edited)));
  });
  expect(() => fc.assert(property, { numRuns: FUZZ_RUNS })).not.toThrow();
});

const nothing: TakeContents = {
  text: () => undefined,
  values: () => ({ begin: () => undefined, bytes: () => undefined }),
  functionOid: () => undefined,
};

test("a length that runs past the message is refused before a byte of the value is taken", () => {
  const taken: number[] = [];
  const values = { begin: () => undefined, bytes: (bytes: Uint8Array) => void taken.push(bytes.length) };
  const reading = new StatementReading(FRONTEND_TAG.Bind, 100, { ...nothing, values: () => values });
  const head = Buffer.from([0, 0, 0, 0, 0, 1, 0x3f, 0xff, 0xff, 0xff, 1, 2, 3]);
  expect(() => reading.feed(head)).toThrow(expect.objectContaining({ code: "message.truncated" }));
  expect(taken).toEqual([]);
});

test("a count that the message can't hold is refused before anything is read", () => {
  const reading = new StatementReading(FRONTEND_TAG.Bind, 100_000, nothing);
  const head = Buffer.from([0, 0, 0, 0, 0xff, 0xff]);
  expect(() => reading.feed(head)).toThrow(expect.objectContaining({ code: "count.invalid" }));
});

test("a name without an end is refused when it is longer than any name, not kept", () => {
  const reading = new StatementReading(FRONTEND_TAG.Parse, 1 << 29, nothing);
  expect(() => reading.feed(Buffer.alloc(1 << 16, "x"))).toThrow(
    expect.objectContaining({ code: "message.too_long" }),
  );
});

test("other messages have no parts", () => {
  expect(() => new StatementReading(FRONTEND_TAG.Sync, 0, nothing)).toThrow(
    expect.objectContaining({ code: "tag.unknown" }),
  );
});
