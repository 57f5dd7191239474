/** A Lambda function's answer ends at 6 MB, and what is stored may be more: then it is shown cut, and says so. */
import { createHash } from "node:crypto";
import type { AuditEvent } from "@postern/core/audit/event";

/** What the events of one answer may take together. */
export const maxAnswerBytes = 6_000_000;
/** Of a text that must be cut: in the answer each of its characters takes at most 7 bytes. */
const cutTextLength = 500_000;

/** What an event takes of an answer, in which the body's JSON is a text of JSON once more. */
export function answerBytes(event: AuditEvent): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(event)));
}

/** The event, or as much of a large statement as fits into an answer of its own. The whole is in the session's chain. */
export function fitIntoAnswer(event: AuditEvent): AuditEvent {
  if (answerBytes(event) <= maxAnswerBytes) return event;
  const message = "too large to be shown whole: parameters are left out, and a long text is cut";
  switch (event.event) {
    case "db.session.query":
      return {
        ...event,
        ...cutText(event),
        db_query_parameters: [],
        db_query_parameter_formats: [],
        message,
      };
    case "db.session.postgres.function":
      return { ...event, function_args: [], message };
    default:
      return event; // no other event has texts of this length
  }
}

type QueryEvent = Extract<AuditEvent, { event: "db.session.query" }>;

function cutText({ db_query, db_query_cut }: QueryEvent): Pick<QueryEvent, "db_query" | "db_query_cut"> {
  if (db_query.length <= cutTextLength) return { db_query, db_query_cut };
  const whole = {
    bytes: Buffer.byteLength(db_query),
    sha256: createHash("sha256").update(db_query).digest("hex"),
  };
  return { db_query: db_query.slice(0, cutTextLength).toWellFormed(), db_query_cut: db_query_cut ?? whole };
}
