/** The records that a session begins with: whoever opens one commits these, or there is no session. */
import type { AuditEvent, SessionStartEvent } from "@postern/core/audit/event";
import type { Store, Write } from "@postern/store/port";
import { sessionKey } from "../keys.ts";
import { toValue } from "../value.ts";
import { appendLink, genesis } from "./chain.ts";
import { openSessionPut } from "./open-sessions.ts";
import { recordingPut } from "./recording-index.ts";
import { envelope } from "./session-events.ts";
import { initialProgress } from "./session-progress.ts";
import type { SessionFacts, SessionRecord } from "./session-record.ts";
import { tailWrites } from "./tail.ts";

/** What the start event says beside the session's facts. */
export type Start = Omit<
  SessionStartEvent,
  keyof SessionFacts | "event" | "code" | "ei" | "uid" | "time" | "cluster_name"
>;

/**
 * The writes that open a session; the first is the conditional put of its record, so a conflict there is another request
 * with the same `sid`. The start event is link 0 of the session's chain, and as searchable as the other links.
 */
export async function sessionStartWrites(
  store: Store,
  clusterName: string,
  record: SessionRecord,
  start: Start,
): Promise<Write[]> {
  const { session, facts } = record;
  const event: AuditEvent = {
    event: "db.session.start",
    code: "TDB00I",
    ...envelope({ facts, clusterName }, 0, Date.parse(session.started_at)),
    ...facts,
    ...start,
  };
  const now = Date.parse(session.started_at);
  const link = { facts, link: 0, prev: genesis, records_sha256: null, events: [event], running: false, now };
  const { hash, writes } = await appendLink(store, link);
  const { sid, host_id } = session;
  const open = { sid, host_id, ends_at: Date.parse(session.ends_at), suspected_at: null };
  return [
    { type: "put", key: sessionKey(session.sid), value: toValue(record), condition: { type: "absent" } },
    ...writes,
    ...(await tailWrites(store, session.sid, { next_link: 1, hash, progress: initialProgress }, undefined)),
    openSessionPut(open, { type: "absent" }),
    recordingPut(record),
  ];
}
