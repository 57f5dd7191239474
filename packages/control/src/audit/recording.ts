/** Sessions to replay: the list, and one session's events. */
import type { RecordingEvents, RecordingList, RecordingsQuery } from "@postern/core/api/read";
import type { AuditEvent } from "@postern/core/audit/event";
import { Fault } from "@postern/core/fault";
import { day, formatTime, minute } from "@postern/core/time";
import type { Item, Store } from "@postern/store/port";
import type { z } from "zod";
import type { Call, CallerOf } from "../caller.ts";
import { requireRightToRead } from "../denied.ts";
import { linkKey, recordingPartition, sessionPartition } from "../keys.ts";
import type { Base } from "../ports.ts";
import { answerBytes, maxAnswerBytes } from "./answer-size.ts";
import { loadEvents, parseLink } from "./chain.ts";
import { dayOf, parseRecording, type Recording } from "./recording-index.ts";
import { loadSession } from "./session-record.ts";

/** How far back the list goes where nothing is said. */
const defaultSpan = 30 * day;
/** What one call looks at: where that ends before the page is full, its cursor goes on from there. */
const maxScanned = 5_000;
const maxDays = 100;
/** Writers' clocks differ a little. */
const clockSkew = minute;

/**
 * The newest sessions since `since` (default: 30 days), newest last, and a cursor where older ones may follow.
 * @throws Fault `access.denied` without the right to list the resource `session`, `input.invalid` for a bad cursor
 */
export async function listRecordings(
  base: Base,
  call: Call<CallerOf<"user" | "admin">>,
  { since, user, limit, cursor }: z.infer<typeof RecordingsQuery>,
): Promise<z.infer<typeof RecordingList>> {
  await requireRightToRead(base, call, { resource: "session", verb: "list" });
  const now = base.clock();
  const from = since === undefined ? now - defaultSpan : Date.parse(since);
  const before = cursor === undefined ? formatTime(now + clockSkew) : parseCursor(cursor);
  const recordings: Recording[] = [];
  let scanned = 0;
  for await (const { place, recording } of newestRecordings(base.store, from, before)) {
    if (recording && (user === undefined || recording.user === user)) recordings.push(recording);
    scanned += 1;
    const isFull = recordings.length === limit || scanned === maxScanned;
    if (isFull || recording === undefined) return { recordings: recordings.toReversed(), cursor: place };
  }
  return { recordings: recordings.toReversed() };
}

/** A place in the list and what stands there; after many days, the place alone from which to go on. */
interface Listed {
  readonly place: string;
  readonly recording?: Recording;
}

async function* newestRecordings(store: Store, from: number, before: string): AsyncGenerator<Listed> {
  let at = Math.floor(Date.parse(before.slice(0, 24)) / day) * day;
  for (let walked = 0; at + day > from; walked += 1, at -= day) {
    if (walked === maxDays) return yield { place: formatTime(at + day) };
    const pk = recordingPartition(dayOf(formatTime(at)));
    const range = { pk, from: formatTime(from), to: before, reverse: true, limit: 500 };
    for (let after: string | undefined, more = true; more; more = after !== undefined) {
      const page = await store.query(after === undefined ? range : { ...range, after });
      for (const item of page.items) yield { place: item.key.sk, recording: parseRecording(item) };
      after = page.after;
    }
  }
}

/** The sort key of a session in the list, or a time. */
function parseCursor(text: string): string {
  const [, time] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)(?:#[0-9a-f-]{36})?$/.exec(text) ?? [];
  const ms = Date.parse(time ?? "");
  if (!Number.isNaN(ms) && formatTime(ms) === time) return text;
  throw new Fault("input.invalid", "the cursor is none that this list has given");
}

/**
 * A session's events in the order of their places.
 * @throws Fault `access.denied` without the right to read the resource `session`; `resource.missing`; `limit.exceeded` for
 *   a session too big for one answer
 */
export async function getRecording(
  base: Base,
  call: Call<CallerOf<"user" | "admin">>,
  { sid }: { readonly sid: string },
): Promise<z.infer<typeof RecordingEvents>> {
  await requireRightToRead(base, call, { resource: "session", verb: "read" });
  if ((await loadSession(base.store, sid)) === undefined) {
    throw new Fault("resource.missing", "no such session", { hint: "`postern recordings ls` lists them" });
  }
  const events: AuditEvent[] = [];
  let bytes = 0;
  for await (const item of links(base.store, sid)) {
    if (bytes + parseLink(item).content.size > maxAnswerBytes) throw tooLarge(sid);
    const linked = await loadEvents(base.store, item);
    bytes += linked.reduce((sum, event) => sum + answerBytes(event), 0);
    if (bytes > maxAnswerBytes) throw tooLarge(sid);
    events.push(...linked);
  }
  return { events: events.sort((a, b) => a.ei - b.ei) };
}

function tooLarge(sid: string): Fault {
  return new Fault("limit.exceeded", "the session has more events than fit into one answer", {
    hint: `search for them in pages: GET /v1/audit?sid=${sid}`,
  });
}

/** The links of a session's chain, in their order. */
export async function* links(store: Store, sid: string): AsyncGenerator<Item> {
  const range = {
    pk: sessionPartition(sid),
    from: linkKey(sid, 0).sk,
    to: linkKey(sid, 99_999_999).sk,
    limit: 20,
  };
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = await store.query(after === undefined ? range : { ...range, after });
    yield* page.items;
    after = page.after;
  }
}
