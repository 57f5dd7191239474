/**
 * The messages that may be of any size, read as they come: their texts and values go to who takes them, piece by piece;
 * what is left is small.
 */
import type { CString } from "../cstring.ts";
import { ProtocolError } from "../errors.ts";
import { FRONTEND_TAG } from "../messages/frontend/tag.ts";
import type { FormatCode } from "../messages/lists.ts";
import { passValues, readFormatCodes, readOids, type TakeValues } from "./lists.ts";
import { PartSource, type Reading } from "./source.ts";

/** A whole message but for its text and values. */
export type Statement =
  | { readonly type: "Query" }
  | { readonly type: "Parse"; readonly statement: CString; readonly parameterTypes: readonly number[] }
  | { readonly type: "Bind"; readonly portal: CString; readonly statement: CString }
  | { readonly type: "FunctionCall"; readonly functionOid: number };

/** Who takes the large fields. */
export interface TakeContents {
  /** A Query's or a Parse's. */
  text(bytes: Uint8Array): void;
  /** A Bind's or a FunctionCall's, in formats by the manual's rule: none (all text), one for all, or one a value. */
  values(formats: readonly FormatCode[]): TakeValues;
  /** A FunctionCall's, ahead of its values. */
  functionOid(oid: number): void;
}

/** PostgreSQL cuts names to 63 bytes, so nobody has longer ones. */
const longestName = 8 * 1024;

/** Reads one message in parts. */
export class StatementReading {
  readonly #source: PartSource;
  readonly #reading: Reading<Statement>;
  #statement: Statement | undefined;

  /** @param length of the body. @throws ProtocolError `tag.unknown` for a message that has no such field */
  constructor(tag: number, length: number, contents: TakeContents) {
    this.#source = new PartSource(length);
    this.#reading = readStatement(tag, this.#source, contents);
    this.#goOn();
  }

  /** Set when all of the message has been fed. */
  get statement(): Statement | undefined {
    return this.#statement;
  }

  /** @param bytes of the body, those that follow what was fed before. @throws ProtocolError, as `decodeFrontend` does */
  feed(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#source.feed(bytes);
    this.#goOn();
  }

  #goOn(): void {
    const { done, value } = this.#reading.next();
    if (done) this.#statement = value;
  }
}

function* readStatement(tag: number, source: PartSource, contents: TakeContents): Reading<Statement> {
  const statement = yield* readFields(tag, source, contents);
  source.end();
  return statement;
}

function readFields(tag: number, source: PartSource, contents: TakeContents): Reading<Statement> {
  switch (tag) {
    case FRONTEND_TAG.Query:
      return readQuery(source, contents);
    case FRONTEND_TAG.Parse:
      return readParse(source, contents);
    case FRONTEND_TAG.Bind:
      return readBind(source, contents);
    case FRONTEND_TAG.FunctionCall:
      return readFunctionCall(source, contents);
    default:
      throw new ProtocolError("tag.unknown", `message type ${tag} is not read in parts`);
  }
}

function* readQuery(source: PartSource, contents: TakeContents): Reading<Statement> {
  yield* source.passString((bytes) => contents.text(bytes));
  return { type: "Query" };
}

function* readParse(source: PartSource, contents: TakeContents): Reading<Statement> {
  const statement = yield* source.cstring(longestName);
  yield* source.passString((bytes) => contents.text(bytes));
  const parameterTypes = yield* readOids(source);
  return { type: "Parse", statement, parameterTypes };
}

function* readBind(source: PartSource, contents: TakeContents): Reading<Statement> {
  const portal = yield* source.cstring(longestName);
  const statement = yield* source.cstring(longestName);
  const formats = yield* readFormatCodes(source);
  yield* passValues(source, contents.values(formats));
  yield* readFormatCodes(source);
  return { type: "Bind", portal, statement };
}

function* readFunctionCall(source: PartSource, contents: TakeContents): Reading<Statement> {
  const functionOid = yield* source.uint32();
  contents.functionOid(functionOid);
  const formats = yield* readFormatCodes(source);
  yield* passValues(source, contents.values(formats));
  yield* source.uint16();
  return { type: "FunctionCall", functionOid };
}
