import { describeEvent } from "@postern/core/audit/describe";
import type { AuditEvent, SessionQueryEvent } from "@postern/core/audit/event";
import { describe, expect, test } from "vitest";
import { formatReplay } from "./replay.ts";

const session = {
  ei: 0,
  uid: "u",
  time: "2026-01-01T00:00:00.000Z",
  cluster_name: "local",
  sid: "s",
  user: "alice",
  "addr.remote": "127.0.0.1",
  db_service: "aurora",
  db_protocol: "postgres" as const,
  db_uri: "localhost:5432",
  db_name: "postgres",
  db_user: "app",
  db_type: "rds" as const,
  db_origin: "config-file" as const,
  db_roles: [],
};

const query: SessionQueryEvent = {
  ...session,
  event: "db.session.query",
  code: "TDB02I",
  success: true,
  db_query: "select 1",
  db_query_parameters: [],
  statement_id: "st_1",
  statement_index: 0,
  duration_ms: 1.25,
  command: "SELECT",
  affected_records: 1,
};

const start: AuditEvent = {
  ...session,
  event: "db.session.start",
  code: "TDB00I",
  success: true,
  server_id: "ho_1",
};
const end: AuditEvent = {
  ...session,
  event: "db.session.end",
  code: "TDB01I",
  success: true,
  reason: "client_closed",
  session_start: session.time,
  session_stop: session.time,
  statements: 1,
  errors: 0,
  bytes_in: 1,
  bytes_out: 1,
};

describe("a replay", () => {
  test("shows a session with psql's prompts, row counts and timing", () => {
    const sql = "select *\r\nfrom books\nwhere id = $1";
    const asked = { ...query, db_query: sql, db_query_parameters: ["7", null], affected_records: 2 };
    expect(formatReplay([start, asked, end])).toEqual([
      "Session started at 2026-01-01T00:00:00.000Z: alice to the database aurora as app, name postgres",
      "",
      "postgres=> select *",
      "postgres-> from books",
      "postgres-> where id = $1",
      '-- $1 = "7", $2 = null',
      "SELECT (2 rows) in 1.3 ms",
      "",
      "Session ended at 2026-01-01T00:00:00.000Z (client_closed)",
    ]);
  });

  test("shows an error with its SQLSTATE, and what nobody saw the end of", () => {
    const failed = { ...query, success: false, sqlstate: "42703", error: "no such column" };
    expect(formatReplay([failed])[2]).toBe("ERROR 42703: no such column in 1.3 ms");
    const lost = { ...query, success: false, outcome: "unknown" as const, duration_ms: null };
    expect(formatReplay([lost])[2]).toMatch(/unknown/);
  });

  test("shows that a statement was kept in part", () => {
    const cut = { ...query, db_query_cut: { bytes: 70_000, sha256: "00" } };
    expect(formatReplay([cut])).toContain("-- cut: 70000 bytes in all");
  });

  test("shows why a session was refused, and the decision", () => {
    const refused: AuditEvent = {
      ...start,
      code: "TDB00W",
      success: false,
      message: "not allowed",
      decision_id: "de_1",
    };
    expect(formatReplay([refused])).toEqual([
      expect.stringContaining("Session refused at"),
      "ERROR: not allowed, decision de_1",
    ]);
  });
});

describe("an event in a row", () => {
  test("is a statement on one line, with its error", () => {
    expect(describeEvent({ ...query, db_query: "select\n\t 1" })).toBe("select 1");
    expect(describeEvent({ ...query, success: false, error: "no" })).toBe("select 1 (no)");
  });

  test("says whom it was about and why it was refused", () => {
    const refused: AuditEvent = {
      ...session,
      event: "cert.create",
      code: "TC000W",
      cert_type: "certificate",
      success: false,
      message: "no access",
      decision_id: "de_1",
    };
    expect(describeEvent(refused)).toBe("certificate app@postgres (no access, decision de_1)");
    expect(describeEvent(start)).toBe("app@postgres");
    expect(describeEvent(end)).toBe("client_closed, 1 statement");
  });
});
