/** The list of sessions, by the day on which they began: written when a session starts and again when it ends. */
import { Recording } from "@postern/core/api/read";
import type { SessionEndEvent } from "@postern/core/audit/event";
import type { Item, Key, Put } from "@postern/store/port";
import type { z } from "zod";
import { recordingPartition } from "../keys.ts";
import { toValue } from "../value.ts";
import type { SessionRecord } from "./session-record.ts";

export type Recording = z.infer<typeof Recording>;

/** @param end absent while the session runs */
export function recordingPut({ session }: SessionRecord, end?: SessionEndEvent): Put {
  const { sid, user, database, db_user, db_name, started_at } = session;
  const recording: Recording = {
    sid,
    user,
    database,
    db_user,
    db_name,
    started_at,
    ended_at: end?.session_stop ?? null,
    statements: end?.statements ?? null,
  };
  return {
    type: "put",
    key: recordingKey(started_at, sid),
    value: toValue(recording),
    condition: { type: "none" },
  };
}

export function parseRecording(item: Item): Recording {
  return Recording.parse(item.value);
}

/** The day of an RFC 3339 time, as the partitions are named by it: `2026-01-05`. */
export function dayOf(time: string): string {
  return time.slice(0, 10);
}

function recordingKey(startedAt: string, sid: string): Key {
  return { pk: recordingPartition(dayOf(startedAt)), sk: `${startedAt}#${sid}` };
}
