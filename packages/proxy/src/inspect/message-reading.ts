import { invariant } from "@postern/core/fault";
import { FRONTEND_TAG } from "@postern/wire/messages/frontend/tag";
import type { FormatCode } from "@postern/wire/messages/lists";
import { type Statement, StatementReading, type TakeContents } from "@postern/wire/parts/statement";
import { ValuesRecorder } from "../audit/parameters.ts";
import { StatementTextReader } from "../audit/statement-text.ts";
import type { ClientMessage, Head } from "./client-message.ts";

/** Reads a message that comes in parts, as `readMessage` reads a whole one. What it keeps is what a record holds. */
export class MessageReading implements TakeContents {
  readonly #reading: StatementReading;
  readonly #text = new StatementTextReader();
  #values = new ValuesRecorder([]);
  #head: Head | undefined;

  /** @param length of the body, in bytes */
  constructor(tag: number, length: number) {
    this.#head = headOf(tag);
    this.#reading = new StatementReading(tag, length, this);
  }

  /** Undefined until so much of it has come. */
  get head(): Head | undefined {
    return this.#head;
  }

  /** @param bytes of the body, those that follow what was fed before. @throws ProtocolError, as `readMessage` does */
  feed(bytes: Uint8Array): void {
    this.#reading.feed(bytes);
  }

  get isComplete(): boolean {
    return this.#reading.statement !== undefined;
  }

  /** Undefined until all of it has come. */
  finish(): ClientMessage | undefined {
    const { statement } = this.#reading;
    return statement && this.#finish(statement);
  }

  text(bytes: Uint8Array): void {
    this.#text.add(bytes);
  }

  values(formats: readonly FormatCode[]): ValuesRecorder {
    this.#values = new ValuesRecorder(formats);
    return this.#values;
  }

  functionOid(functionOid: number): void {
    this.#head = { type: "FunctionCall", functionOid };
  }

  #finish(statement: Statement): ClientMessage {
    switch (statement.type) {
      case "Query":
      case "Parse":
        return { ...statement, text: this.#text.finish() };
      case "Bind":
      case "FunctionCall":
        return { ...statement, values: this.#values.finish() };
    }
  }
}

function headOf(tag: number): Head | undefined {
  if (tag === FRONTEND_TAG.Query) return { type: "Query" };
  if (tag === FRONTEND_TAG.Parse) return { type: "Parse" };
  if (tag === FRONTEND_TAG.Bind) return { type: "Bind" };
  invariant(tag === FRONTEND_TAG.FunctionCall, "no other message is read in parts");
  return undefined;
}
