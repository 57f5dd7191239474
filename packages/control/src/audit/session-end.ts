/** What an ended session changes beside its chain. */
import type { SessionEndEvent } from "@postern/core/audit/event";
import type { Write } from "@postern/store/port";
import { sessionKey } from "../keys.ts";
import { toValue } from "../value.ts";
import { openSessionKey } from "./open-sessions.ts";
import { recordingPut } from "./recording-index.ts";
import type { SessionRecord } from "./session-record.ts";

/** Goes into the commit that appends the end event; the tail's condition keeps it the only one. */
export function sessionEndWrites(record: SessionRecord, end: SessionEndEvent): Write[] {
  const { session } = record;
  const ended = { ...session, ended_at: end.session_stop, ended_reason: end.reason };
  return [
    {
      type: "put",
      key: sessionKey(session.sid),
      value: toValue({ ...record, session: ended }),
      condition: { type: "present" },
    },
    { type: "delete", key: openSessionKey(session.sid), condition: { type: "none" } },
    recordingPut(record, end),
  ];
}
