/** What the control plane knows of a session by itself: hosts' reports are checked against it and stamped with it. */
import { SessionCancelEvent } from "@postern/core/audit/event";
import { DatabaseSession } from "@postern/core/resource/session";
import type { Item, Store } from "@postern/store/port";
import { z } from "zod";
import { sessionKey } from "../keys.ts";

/** The fields that every event of a session carries, whatever its host says. */
export const SessionFacts = SessionCancelEvent.pick({
  sid: true,
  user: true,
  "addr.remote": true,
  db_service: true,
  db_protocol: true,
  db_uri: true,
  db_name: true,
  db_user: true,
  db_type: true,
  db_origin: true,
  db_roles: true,
});
export type SessionFacts = z.infer<typeof SessionFacts>;

/** `decision_id` is the one under which it was allowed; `login_policy` what IAM must allow for its login. */
export const SessionRecord = z.strictObject({
  session: DatabaseSession,
  facts: SessionFacts,
  decision_id: z.string(),
  login_policy: z.string().optional(),
});
export type SessionRecord = z.infer<typeof SessionRecord>;

/** The session's record and its item, for a write that depends on it. Undefined where no such session was opened. */
export async function loadSession(
  store: Store,
  sid: string,
): Promise<{ readonly item: Item; readonly record: SessionRecord } | undefined> {
  const item = sid === "" ? undefined : await store.get(sessionKey(sid));
  return item && { item, record: SessionRecord.parse(item.value) };
}
