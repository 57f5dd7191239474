/** Sessions to replay: the list, and one session's events. */
import type { RecordingEvents, RecordingList, RecordingsQuery } from "@postern/core/api/read";
import type { AuditEvent } from "@postern/core/audit/event";
import { Fault } from "@postern/core/fault";
import { day, formatTime } from "@postern/core/time";
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
const maxDays = 400;

/**
 * The newest sessions since `since` (default: 30 days), newest last.
 * @throws Fault `access.denied` without the right to list the resource `session`
 */
export async function listRecordings(
  base: Base,
  call: Call<CallerOf<"user" | "admin">>,
  { since, user, limit }: z.infer<typeof RecordingsQuery>,
): Promise<z.infer<typeof RecordingList>> {
  await requireRightToRead(base, call, { resource: "session", verb: "list" });
  const now = base.clock();
  const from = Math.max(since === undefined ? now - defaultSpan : Date.parse(since), now - maxDays * day);
  const recordings: Recording[] = [];
  for await (const recording of newestRecordings(base.store, now, from)) {
    if (recordings.length === limit) break;
    if (user === undefined || recording.user === user) recordings.push(recording);
  }
  return { recordings: recordings.toReversed() };
}

async function* newestRecordings(store: Store, now: number, from: number): AsyncGenerator<Recording> {
  for (let at = now; dayOf(formatTime(at)) >= dayOf(formatTime(from)); at -= day) {
    const range = {
      pk: recordingPartition(dayOf(formatTime(at))),
      from: formatTime(from),
      reverse: true,
      limit: 500,
    };
    for (let after: string | undefined, more = true; more; more = after !== undefined) {
      const page = await store.query(after === undefined ? range : { ...range, after });
      yield* page.items.map(parseRecording);
      after = page.after;
    }
  }
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
