/** A place in the audit log, between two events: they are sorted by their time and, within it, by their `uid`. */
import type { AuditEvent } from "@postern/core/audit/event";
import { Fault } from "@postern/core/fault";
import { formatTime } from "@postern/core/time";

/** The events before this place are still to be read. An empty `uid` is before all events of its time. */
export interface Place {
  readonly time: string;
  readonly uid: string;
}

/** Above every `uid`: they are of digits, letters and `-`. */
const aboveAll = "~";

export function placeOf({ time, uid }: AuditEvent): Place {
  return { time, uid };
}

/** The place behind all events of a time. */
export function behindTime(time: string): Place {
  return { time, uid: aboveAll };
}

/** The place before all events of a time. */
export function beforeTime(time: string): Place {
  return { time, uid: "" };
}

export function isBefore(a: Place, b: Place): boolean {
  return a.time === b.time ? a.uid < b.uid : a.time < b.time;
}

export function formatCursor({ time, uid }: Place): string {
  return `${time}_${uid}`;
}

/** @throws Fault `input.invalid` for what `formatCursor` didn't make */
export function parseCursor(text: string): Place {
  const [, time, uid] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_([0-9a-f-]{0,36}|~)$/.exec(text) ?? [];
  const ms = Date.parse(time ?? "");
  if (time === undefined || uid === undefined || Number.isNaN(ms) || formatTime(ms) !== time) {
    throw new Fault("input.invalid", "the cursor is none that this search has given");
  }
  return { time, uid };
}
