import type { Change } from "@postern/core/api/host";
import { expect, test } from "vitest";
import { allow } from "../authorize/allowed-access.ts";
import { Refusal } from "../refusal/refusal.ts";
import { LiveSessions } from "./live-sessions.ts";

const access = allow({
  decision: "allow",
  decision_id: "de",
  sid: "sid",
  user: "alice",
  login_session: "ls",
  account: "after",
  database: "aurora",
  db_user: "alice",
  db_name: "postgres",
  endpoint: { host: "localhost", port: 5432, ca_cert_pem: null },
  iam_token: "token",
  ends_at: "2030-01-01T00:00:00Z",
});
const locked: Change = { type: "user_ended", user: "alice", account: null, reason: "locked" };

test("what ends while a session is being opened ends that one, too", () => {
  const sessions = new LiveSessions();
  sessions.apply(locked);
  const opening = sessions.open();
  expect(() => opening.assertStands(access)).not.toThrow();
  sessions.apply({ type: "user_ended", user: "bob", account: null, reason: "locked" });
  expect(() => opening.assertStands(access)).not.toThrow();
  sessions.apply(locked);
  expect(() => opening.assertStands(access)).toThrow(Refusal);
});

test("sessions that are being opened count", () => {
  const sessions = new LiveSessions();
  const opening = sessions.open();
  expect(sessions.size).toBe(1);
  sessions.close(opening);
  expect(sessions.size).toBe(0);
});

test("what ends an account's sessions ends none that were let in by its next login", () => {
  const sessions = new LiveSessions();
  const opening = sessions.open();
  sessions.apply({ type: "user_ended", user: "alice", account: "before", reason: "reset" });
  expect(() => opening.assertStands(access)).not.toThrow();
  sessions.apply({ type: "user_ended", user: "alice", account: "after", reason: "reset" });
  expect(() => opening.assertStands(access)).toThrow(Refusal);
});
