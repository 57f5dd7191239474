/**
 * A Query of several statements gives an event for each, with its own text where PostgreSQL's parser can tell it. Texts
 * are parsed when their records are about to be sent, off the event loop, and only those that may hold several.
 */

import { isUtf8 } from "node:buffer";
import { type AuditRecord, recordLimits, type StatementOutcome } from "@postern/core/audit/record";

/** The texts of the statements in `text`, in their order; undefined where the parser can't tell. */
export type Split = (text: string) => Promise<readonly string[] | undefined>;

/** Longer texts aren't parsed: a list of a million elements takes seconds. */
const longestText = 256 * 1024;

/** Of the texts put in, as JSON, so that the records still fit a chunk: what goes beyond keeps its Query's whole text. */
const mostBytes = recordLimits.chunkBytes / 4;

interface Query {
  readonly text: string;
  /** Statements answered; undefined while more may come. */
  answered: number | undefined;
  /** Outcomes that have been given their text. */
  done: number;
  statements?: readonly string[] | undefined;
}

export class OwnTexts {
  readonly #split: Split;
  readonly #queries = new Map<string, Query>();

  constructor(split: Split) {
    this.#split = split;
  }

  /** A Query's text, by the id of its statement. Texts that can't be told apart with certainty are left whole. */
  add(statementId: string, text: Uint8Array): void {
    if (text.length > longestText || !isUtf8(text)) return;
    const whole = Buffer.from(text).toString("utf8");
    if (/;\s*\S/.test(whole)) this.#queries.set(statementId, { text: whole, answered: undefined, done: 0 });
  }

  /** Nothing more is answered to it. */
  finish(statementId: string, answered: number): void {
    const query = this.#queries.get(statementId);
    if (query === undefined) return;
    query.answered = answered;
    if (query.done >= answered) this.#queries.delete(statementId);
  }

  /** The records, their outcomes with texts; the very same array where there was nothing to do. */
  async complete(records: readonly AuditRecord[]): Promise<readonly AuditRecord[]> {
    const isMine = (record: AuditRecord): boolean =>
      record.type === "outcome" && this.#queries.has(record.statement_id);
    if (!records.some(isMine)) return records;
    const completed: AuditRecord[] = [];
    let room = mostBytes;
    for (const record of records) {
      const text = record.type === "outcome" ? await this.#ownText(record) : undefined;
      room -= text === undefined ? 0 : Buffer.byteLength(JSON.stringify(text));
      const hasOwn = record.type === "outcome" && text !== undefined && room >= 0;
      completed.push(hasOwn ? { ...record, text } : record);
    }
    return completed;
  }

  async #ownText(outcome: StatementOutcome): Promise<string | undefined> {
    const query = this.#queries.get(outcome.statement_id);
    if (query === undefined) return undefined;
    if (query.done === 0) query.statements = await this.#split(query.text);
    query.done += 1;
    if (query.answered !== undefined && query.done >= query.answered)
      this.#queries.delete(outcome.statement_id);
    const own = query.statements?.[outcome.statement_index];
    return own === query.text ? undefined : own;
  }
}
