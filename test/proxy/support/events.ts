/** What the control plane makes of records, as far as tests look: one event per statement executed. */
import type { AuditRecord, StatementBegin } from "@postern/core/audit/record";

export interface StatementEvent {
  readonly ei: number;
  readonly text: string;
  readonly values: readonly (string | null)[];
  readonly success: boolean;
  readonly rows: number | undefined;
  readonly sqlstate: string | undefined;
  readonly index: number;
  readonly outcome: "known" | "unknown";
}

/** @throws Error for records that contradict each other */
export function statementEvents(records: readonly AuditRecord[]): StatementEvent[] {
  const open = new Map<string, { begin: StatementBegin; outcomes: number }>();
  const events: StatementEvent[] = [];
  const taken = new Set<number>();
  const take = (ei: number): void => {
    if (taken.has(ei)) throw new Error(`two events have the place ${ei}`);
    taken.add(ei);
  };
  for (const record of records) {
    if (record.type === "begin") open.set(record.statement_id, { begin: record, outcomes: 0 });
    if (record.type === "skipped") {
      take(record.ei);
      if (!open.delete(record.statement_id)) throw new Error("skipped without a begin");
    }
    if (record.type === "cancel" || record.type === "end") take(record.ei);
    if (record.type !== "outcome") continue;
    const entry = open.get(record.statement_id);
    if (!entry) throw new Error("outcome without a begin");
    if (entry.outcomes !== record.statement_index) throw new Error("outcomes out of order");
    entry.outcomes += 1;
    take(record.ei);
    events.push({
      ei: record.ei,
      text: record.text ?? entry.begin.text,
      values: (entry.begin.parameters ?? []).map(({ value }) => value),
      success: record.success,
      rows: record.affected_records,
      sqlstate: record.sqlstate,
      index: record.statement_index,
      outcome: "known",
    });
  }
  for (const { begin, outcomes } of open.values()) {
    if (outcomes > 0) continue;
    take(begin.ei);
    events.push({
      ei: begin.ei,
      text: begin.text,
      values: [],
      success: false,
      rows: undefined,
      sqlstate: undefined,
      index: 0,
      outcome: "unknown",
    });
  }
  return events;
}
