/** Makes the records of one session: gives places and ids, counts, and hands them to the spool in their order. */
import type {
  AuditRecord,
  Parameter,
  SessionConnected,
  SessionEnd,
  StatementBegin,
  StatementOutcome,
} from "@postern/core/audit/record";
import type { Clock } from "@postern/core/time";
import type { Tally } from "../spool/tally.ts";
import type { CutText } from "./cut.ts";

/** Keeps records; when it returns, the end of the process doesn't lose them. */
export interface RecordSink {
  append(records: readonly AuditRecord[]): void;
}

export interface StatementStart {
  readonly protocol: StatementBegin["protocol"];
  readonly text: CutText;
  readonly parameters?: Parameter[];
  readonly functionOid?: number;
}

/** A statement whose begin is recorded. */
export interface OpenStatement {
  readonly ei: number;
  readonly id: string;
  /** By the clock that never goes back. */
  readonly begun: number;
  /** Outcomes so far: more than one for a Query of several statements. */
  outcomes: number;
}

export type Outcome = Pick<StatementOutcome, "success" | "bytes"> &
  Partial<Pick<StatementOutcome, "command" | "affected_records" | "sqlstate" | "error">>;

export interface JournalOptions {
  /** Statements are named by it and their places. */
  readonly sid: string;
  readonly sink: RecordSink;
  readonly tally: Tally;
  readonly now: Clock;
  /** Milliseconds with fractions, for durations: a clock that never goes back. */
  readonly elapsed: () => number;
}

export class Journal {
  readonly #options: JournalOptions;
  readonly #tally: Tally;
  #pending: AuditRecord[] = [];

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#tally = options.tally;
  }

  /** Keeps what was recorded since. Nothing of it may leave for the other side before this returns. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const records = this.#pending;
    this.#pending = [];
    this.#options.sink.append(records);
  }

  begin({ protocol, text, parameters, functionOid }: StatementStart): OpenStatement {
    const now = this.#options.now();
    const ei = this.#takeEi();
    const open = { ei, id: `${this.#options.sid}.${ei}`, begun: this.#options.elapsed(), outcomes: 0 };
    this.#tally.statements += 1;
    this.#pending.push({
      type: "begin",
      ei: open.ei,
      statement_id: open.id,
      time: now,
      protocol,
      text: text.text,
      ...(text.cut && { text_cut: text.cut }),
      ...(parameters && parameters.length > 0 && { parameters }),
      ...(functionOid !== undefined && { function_oid: functionOid }),
    });
    return open;
  }

  /** The first outcome has its begin's place; each further one of the same Query takes a new one. */
  outcome(open: OpenStatement, outcome: Outcome): void {
    const index = open.outcomes;
    const duration = this.#options.elapsed() - open.begun;
    open.outcomes += 1;
    if (index > 0) this.#tally.statements += 1;
    if (!outcome.success) this.#tally.errors += 1;
    this.#pending.push({
      type: "outcome",
      ei: index === 0 ? open.ei : this.#takeEi(),
      statement_id: open.id,
      statement_index: index,
      time: this.#options.now(),
      duration_ms: Math.round(duration * 1_000) / 1_000,
      ...outcome,
    });
  }

  /** The statement whose begin was recorded never came to run as one of its own. */
  skip(open: OpenStatement): void {
    this.#tally.statements -= 1;
    this.#pending.push({ type: "skipped", ei: open.ei, statement_id: open.id, time: this.#options.now() });
  }

  connected(facts: Omit<SessionConnected, "type" | "time">): void {
    this.#pending.push({ type: "connected", time: this.#options.now(), ...facts });
  }

  cancel(address: string, statementId: string | undefined): void {
    this.#pending.push({
      type: "cancel",
      ei: this.#takeEi(),
      time: this.#options.now(),
      ...(statementId !== undefined && { statement_id: statementId }),
      address,
    });
  }

  end(end: Pick<SessionEnd, "reason"> & Partial<Pick<SessionEnd, "sqlstate" | "error">>): void {
    const { statements, errors, bytes_in, bytes_out } = this.#tally;
    const ei = this.#takeEi();
    this.#pending.push({
      type: "end",
      ei,
      time: this.#options.now(),
      statements,
      errors,
      bytes_in,
      bytes_out,
      ...end,
    });
  }

  #takeEi(): number {
    const ei = this.#tally.next_ei;
    this.#tally.next_ei += 1;
    return ei;
  }
}
