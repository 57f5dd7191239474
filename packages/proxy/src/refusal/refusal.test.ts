import { expect, test } from "vitest";
import { type RefusalCause, reportOf } from "./refusal.ts";

const address = "db:5432";
/** GUIDE, "When it goes wrong", with one of each cause. */
const causes: readonly (readonly [RefusalCause, string])[] = [
  [{ type: "tls_required" }, "28000"],
  [{ type: "certificate_untrusted" }, "28000"],
  [{ type: "certificate_expired" }, "28000"],
  [{ type: "certificate_not_yet_valid" }, "28000"],
  [{ type: "tls_session_resumed" }, "28000"],
  [{ type: "token_malformed" }, "28000"],
  [{ type: "replication" }, "0A000"],
  [{ type: "parameter_invalid", parameter: "x" }, "08P01"],
  [{ type: "protocol", sqlstate: "08P01", message: "m" }, "08P01"],
  [{ type: "handshake_timeout" }, "08P01"],
  [{ type: "too_many_connections", limit: 5 }, "53300"],
  [{ type: "denied", sqlstate: "28000", message: "m", hint: "h" }, "28000"],
  [{ type: "denied", sqlstate: "ZZZZZ", message: "m", hint: "h" }, "08004"],
  [{ type: "control_plane_unreachable" }, "57P03"],
  [{ type: "control_plane_failed", message: "m", decisionId: "de_1" }, "08006"],
  [{ type: "database_unreachable", address, problem: "p" }, "08001"],
  [{ type: "database_certificate", address, problem: "p" }, "08006"],
  [{ type: "database_no_tls", address }, "08006"],
  [{ type: "database_common_name", address }, "08006"],
  [{ type: "database_asked_password", method: "MD5", dbUser: "alice", decisionId: "de_1" }, "28P01"],
  [{ type: "database_refused_token", dbUser: "alice", decisionId: "de_1" }, "28P01"],
  [{ type: "database_refused", sqlstate: "3D000", message: "m" }, "3D000"],
  [{ type: "database_protocol", problem: "p" }, "08006"],
  [{ type: "database_closed" }, "08006"],
  [{ type: "access_ended", reason: "locked" }, "57P01"],
  [{ type: "idle_too_long", afterMs: 5_400_000 }, "57P05"],
  [{ type: "proxy_stopping" }, "57P01"],
  [{ type: "audit_unavailable" }, "XX000"],
];

test.each(causes)("%o is told as %s, with severity, message and hint", (cause, code) => {
  const report = reportOf(cause);
  expect(report).toMatchObject({ severity: "FATAL", code });
  expect(report.message).not.toMatch(/[.\n]$/);
  expect(report.hint).toBeTruthy();
});
