/**
 * Records into events: a begin waits for its outcome, in this chunk or a later one, and the pair becomes an event.
 * Pure: what has been joined so far comes in as `progress` and goes out again, so that any split of the same records
 * into chunks gives the same events.
 */
import type { AuditEvent } from "@postern/core/audit/event";
import type {
  AuditRecord,
  SessionEnd,
  StatementBegin,
  StatementOutcome,
  StatementSkipped,
} from "@postern/core/audit/record";
import { Fault } from "@postern/core/fault";
import { type TakenIndexes, takeIndex } from "./event-index.ts";
import { cancelEvent, endEvent, type Stamp, statementEvent } from "./session-events.ts";
import type { OpenStatement, SessionProgress } from "./session-progress.ts";

export interface JoinContext extends Stamp {
  /** When the session began, milliseconds and RFC 3339. */
  readonly started_at: string;
  /** No record can be of a later time, whatever its host's clock says. */
  readonly now: number;
}

export interface Joined {
  readonly progress: SessionProgress;
  readonly events: readonly AuditEvent[];
}

/** @throws Fault `input.invalid` for records that no honest host sends: after the end, or an outcome without begin. */
export function joinRecords(
  context: JoinContext,
  progress: SessionProgress,
  records: readonly AuditRecord[],
): Joined {
  const events: AuditEvent[] = [];
  let current = progress;
  for (const record of records) {
    if (current.ended) throw new Fault("input.invalid", "the session has ended: nothing of it can follow");
    const joined = joinRecord(context, current, withinSession(context, record));
    current = joined.progress;
    events.push(...joined.events);
  }
  return { progress: current, events };
}

/** The host's clock is not ours: its times are kept within what we know of the session. */
function withinSession<R extends AuditRecord>({ started_at, now }: JoinContext, record: R): R {
  return { ...record, time: Math.min(Math.max(record.time, Date.parse(started_at)), now) };
}

function joinRecord(context: JoinContext, progress: SessionProgress, record: AuditRecord): Joined {
  switch (record.type) {
    case "connected":
      return { progress: { ...progress, connected: true }, events: [] };
    case "begin":
      return { progress: beginStatement(progress, record), events: [] };
    case "outcome":
      return answerStatement(context, progress, record);
    case "skipped":
      return { progress: skipStatement(progress, record), events: [] };
    case "cancel":
      return {
        progress: { ...progress, taken: takeIndex(progress.taken, record.ei) },
        events: [cancelEvent(context, record)],
      };
    case "end":
      return endSession(context, progress, record);
    default:
      return record satisfies never;
  }
}

function beginStatement(progress: SessionProgress, begin: StatementBegin): SessionProgress {
  if (progress.open.some((open) => open.begin.statement_id === begin.statement_id)) {
    throw new Fault("input.invalid", `the statement ${begin.statement_id} has begun twice`);
  }
  const open = [...progress.open, { begin, next_index: 0 }];
  return { ...progress, taken: takeIndex(progress.taken, begin.ei), open };
}

function answerStatement(context: Stamp, progress: SessionProgress, outcome: StatementOutcome): Joined {
  const open = waiting(progress, outcome);
  if (outcome.statement_index < open.next_index) {
    throw new Fault("input.invalid", `the statement ${outcome.statement_id} has this outcome already`);
  }
  return {
    progress: {
      ...progress,
      taken: takeOutcomeIndex(progress, open, outcome.ei),
      statements: progress.statements + 1,
      errors: progress.errors + (outcome.success ? 0 : 1),
      open: stillOpen(progress.open, open, outcome),
    },
    events: [statementEvent(context, open.begin, outcome)],
  };
}

function skipStatement(progress: SessionProgress, skipped: StatementSkipped): SessionProgress {
  const open = waiting(progress, skipped);
  const others = progress.open.filter((other) => other !== open);
  return { ...progress, taken: takeOutcomeIndex(progress, open, skipped.ei), open: others };
}

function waiting(
  { open }: SessionProgress,
  { statement_id }: StatementOutcome | StatementSkipped,
): OpenStatement {
  const found = open.find(({ begin }) => begin.statement_id === statement_id);
  if (found === undefined)
    throw new Fault("input.invalid", `no statement ${statement_id} waits for its outcome`);
  return found;
}

/** The first reply may have its begin's place; those that follow have their own. */
function takeOutcomeIndex({ taken }: SessionProgress, open: OpenStatement, ei: number): TakenIndexes {
  return ei === open.begin.ei && open.next_index === 0 ? taken : takeIndex(taken, ei);
}

/**
 * A Query may have a reply for each of its statements, so it stays open until another statement is answered: the server
 * takes a Query message up only when it is done with the one before. Any other statement has one outcome.
 */
function stillOpen(
  all: readonly OpenStatement[],
  answered: OpenStatement,
  outcome: StatementOutcome,
): readonly OpenStatement[] {
  const isQuery = answered.begin.protocol === "simple";
  return all.flatMap((open) => {
    if (open === answered) return isQuery ? [{ ...open, next_index: outcome.statement_index + 1 }] : [];
    return open.next_index > 0 ? [] : [open];
  });
}

function endSession(context: JoinContext, progress: SessionProgress, end: SessionEnd): Joined {
  const unanswered = unansweredEvents(context, progress);
  return {
    progress: {
      ...progress,
      taken: takeIndex(progress.taken, end.ei),
      ended: true,
      open: [],
    },
    events: [...unanswered, endEvent(context, end, { ...context, connected: progress.connected })],
  };
}

/** Statements that left for the server and whose outcome nobody will tell. */
export function unansweredEvents(context: Stamp, { open }: SessionProgress): readonly AuditEvent[] {
  return open
    .filter(({ next_index }) => next_index === 0)
    .map(({ begin }) => statementEvent(context, begin, "unknown"));
}
