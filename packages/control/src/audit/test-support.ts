/** Records as a proxy sends them. */
import type { AuditRecord, SessionEnd, StatementBegin, StatementOutcome } from "@postern/core/audit/record";
import type { SessionFacts } from "./session-record.ts";

export const startedAt = Date.parse("2026-03-04T10:00:00.000Z");

export const facts: SessionFacts = {
  sid: "f3b1c2d4-0000-8000-8000-000000000001",
  user: "alice",
  "addr.remote": "198.51.100.4:55000",
  db_service: "aurora",
  db_protocol: "postgres",
  db_uri: "db.example.com:5432",
  db_name: "postgres",
  db_user: "alice",
  db_type: "self-hosted",
  db_origin: "config-file",
  db_roles: [],
};

export function begin(ei: number, text: string, more: Partial<StatementBegin> = {}): StatementBegin {
  return {
    type: "begin",
    ei,
    statement_id: `st_${ei}`,
    time: startedAt + ei,
    protocol: "simple",
    text,
    ...more,
  };
}

/** @param of the begin's place */
export function outcome(of: number, ei: number, more: Partial<StatementOutcome> = {}): StatementOutcome {
  return {
    type: "outcome",
    ei,
    statement_id: `st_${of}`,
    statement_index: 0,
    time: startedAt + ei + 1,
    duration_ms: 1,
    success: true,
    ...more,
  };
}

export function end(ei: number, more: Partial<SessionEnd> = {}): AuditRecord {
  return {
    type: "end",
    ei,
    time: startedAt + ei,
    reason: "client_closed",
    statements: 0,
    errors: 0,
    bytes_in: 0,
    bytes_out: 0,
    ...more,
  };
}
