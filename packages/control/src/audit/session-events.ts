/** Events made of a host's records: what happened is the host's word, who and where is the session record's. */

import { createHash } from "node:crypto";
import type { FunctionCallEvent, SessionEndEvent, SessionQueryEvent } from "@postern/core/audit/event";
import type {
  CancelRequested,
  Parameter,
  SessionEnd,
  StatementBegin,
  StatementOutcome,
} from "@postern/core/audit/record";
import { formatTime } from "@postern/core/time";
import { uuidFrom } from "../uuid.ts";
import type { SessionFacts } from "./session-record.ts";

/** What the control plane puts on each event of a session. */
export interface Stamp {
  readonly facts: SessionFacts;
  readonly clusterName: string;
  /** For an admin, should the database refuse the session's login. */
  readonly login?: Login | undefined;
}

interface Login {
  /** The one that the person was told. */
  readonly decision_id: string;
  /** What IAM must allow for it. */
  readonly policy: string | undefined;
}

/** The same place of the same session always has the same `uid`, so that a subscriber knows repeats. `at`: ms since 1970. */
export function envelope({ facts, clusterName }: Stamp, ei: number, at: number) {
  return { ei, uid: uuidFrom(["event", facts.sid, ei]), time: formatTime(at), cluster_name: clusterName };
}

/** What became of a statement; `unknown` where its host was lost, or let it go, before it was answered. */
export type Outcome = StatementOutcome | "unknown";

/** The one event of a statement, or of one statement of a Query that has several. Its time is when it began. */
export function statementEvent(
  stamp: Stamp,
  begin: StatementBegin,
  outcome: Outcome,
): SessionQueryEvent | FunctionCallEvent {
  return begin.protocol === "function"
    ? functionEvent(stamp, begin, outcome)
    : queryEvent(stamp, begin, outcome);
}

function queryEvent(stamp: Stamp, begin: StatementBegin, outcome: Outcome): SessionQueryEvent {
  const { parameters = [] } = begin;
  return {
    event: "db.session.query",
    code: isSuccess(outcome) ? "TDB02I" : "TDB02W",
    ...envelope(stamp, eiOf(begin, outcome), begin.time),
    ...stamp.facts,
    ...statementText(begin, outcome),
    db_query_parameters: parameters.map(({ value }) => value),
    db_query_parameter_formats: parameters.map(({ format }) => format),
    statement_id: begin.statement_id,
    statement_index: outcome === "unknown" ? 0 : outcome.statement_index,
    ...replyOf(outcome, parameters),
    ...(outcome === "unknown" ? {} : countsOf(outcome)),
  };
}

function functionEvent(stamp: Stamp, begin: StatementBegin, outcome: Outcome): FunctionCallEvent {
  const { parameters = [], function_oid = 0 } = begin;
  return {
    event: "db.session.postgres.function",
    code: isSuccess(outcome) ? "TPG04I" : "TPG04W",
    ...envelope(stamp, eiOf(begin, outcome), begin.time),
    ...stamp.facts,
    function_oid,
    function_args: parameters.map(({ value }) => value),
    statement_id: begin.statement_id,
    ...replyOf(outcome, parameters),
  };
}

function eiOf(begin: StatementBegin, outcome: Outcome): number {
  return outcome === "unknown" ? begin.ei : outcome.ei;
}

function isSuccess(outcome: Outcome): boolean {
  return outcome !== "unknown" && outcome.success;
}

function replyOf(outcome: Outcome, parameters: readonly Parameter[]) {
  const message = describeCuts(parameters);
  if (outcome === "unknown") return { success: false, duration_ms: null, outcome, message };
  const { success, duration_ms, sqlstate, error } = outcome;
  return { success, duration_ms, sqlstate, error, message };
}

function countsOf({ command, affected_records, bytes }: StatementOutcome) {
  return { command, affected_records, bytes };
}

/** Of a whole text that several events share, all but the first carry this much. */
const repeatedTextLength = 1_024;

/**
 * The statement's own text. A Query of several statements whose texts are not known apart is whole in its first event;
 * the others say by its length and hash what they are a part of, or a thousand of them would hold it a thousand times.
 */
function statementText(
  begin: StatementBegin,
  outcome: Outcome,
): Pick<SessionQueryEvent, "db_query" | "db_query_cut"> {
  if (outcome !== "unknown" && outcome.text !== undefined) return { db_query: outcome.text };
  const { text, text_cut } = begin;
  const isRepeated = outcome !== "unknown" && outcome.statement_index > 0;
  if (!isRepeated || text.length <= repeatedTextLength) return { db_query: text, db_query_cut: text_cut };
  const whole = { bytes: Buffer.byteLength(text), sha256: createHash("sha256").update(text).digest("hex") };
  return { db_query: text.slice(0, repeatedTextLength).toWellFormed(), db_query_cut: text_cut ?? whole };
}

const describedCuts = 20;

/** Says which parameters' values were cut and how to prove the whole ones. */
function describeCuts(parameters: readonly Parameter[]): string | undefined {
  const cuts = parameters.flatMap(({ cut }, index) =>
    cut === undefined ? [] : [`parameter ${index + 1} was cut: ${cut.bytes} bytes, SHA-256 ${cut.sha256}`],
  );
  if (cuts.length <= describedCuts) return cuts.length === 0 ? undefined : cuts.join("; ");
  return [...cuts.slice(0, describedCuts), `${cuts.length - describedCuts} more were cut`].join("; ");
}

export function cancelEvent(stamp: Stamp, { ei, time, statement_id, address }: CancelRequested) {
  return {
    event: "db.session.cancel" as const,
    code: "PDB01I" as const,
    ...envelope(stamp, ei, time),
    ...stamp.facts,
    "addr.remote": address,
    success: true,
    statement_id,
  };
}

/** The ways to end that nobody was cut off by. */
const orderlyEnds: readonly SessionEnd["reason"][] = ["client_closed", "client_lost"];

/** @param span when the session began (RFC 3339), and whether the server had let it in */
export function endEvent(
  stamp: Stamp,
  end: SessionEnd,
  span: { readonly started_at: string; readonly connected: boolean; readonly first_missing_ei?: number },
): SessionEndEvent {
  const { reason, statements, errors, bytes_in, bytes_out, sqlstate, error } = end;
  const success = span.connected && orderlyEnds.includes(reason);
  return {
    event: "db.session.end",
    code: success ? "TDB01I" : "TDB01W",
    ...envelope(stamp, end.ei, end.time),
    ...stamp.facts,
    success,
    reason,
    session_start: span.started_at,
    session_stop: formatTime(end.time),
    statements,
    errors,
    bytes_in,
    bytes_out,
    sqlstate,
    error,
    first_missing_ei: span.first_missing_ei,
    ...(sqlstate === refusedToken && !span.connected && refusedLogin(stamp)),
  };
}

/** invalid_password: the database took no token, or asked for something else. */
const refusedToken = "28P01";

/** The policy's text is for admins alone: the person is told to ask for it, under the decision's id. */
function refusedLogin({ facts, login }: Stamp): Pick<SessionEndEvent, "message" | "decision_id"> {
  const causes = [`rds_iam must be granted to "${facts.db_user}"`, login?.policy].filter(Boolean);
  return {
    message: `the database refused the IAM token: ${causes.join("; ")}`,
    decision_id: login?.decision_id,
  };
}
