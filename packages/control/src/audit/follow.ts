/**
 * Follows the audit log: what arrived since the call before. Writers' clocks differ and a commit takes its time, so
 * something may show up a while after the time that it bears; what is younger is looked at again by each call. The
 * cursor tells how many entries were seen there: as long as there are no more, nothing is read or answered twice.
 */
import type { AuditFollowPage, AuditFollowQuery, RunningStatement } from "@postern/core/api/read";
import type { AuditEvent } from "@postern/core/audit/event";
import { Fault, invariant } from "@postern/core/fault";
import { formatTime, minute, second } from "@postern/core/time";
import type { Store } from "@postern/store/port";
import type { Call, CallerOf } from "../caller.ts";
import { requireRightToRead } from "../denied.ts";
import { linkKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { answerBytes, fitIntoAnswer, maxAnswerBytes } from "./answer-size.ts";
import { type Arrival, type ArrivalEntry, arrivalsFrom, arrivalsKept } from "./arrival.ts";
import { loadEvents } from "./chain.ts";
import { parseHeader } from "./header.ts";
import { loadRunning } from "./running.ts";

const settling = 10 * second;
/** Most commits are done by this long after the time that they bear: nothing younger is answered. */
const holdBack = 500;
/** Per answer: entries that are looked at, those among them that are read, and minutes of a log in which nothing happens. */
const maxEntries = 20_000;
const maxRead = 500;
const maxMinutes = 15;

/**
 * What arrived after the cursor; without one nothing, but a cursor. Each event is answered at least once, in the order of
 * arrival but for late ones; `uid` tells those that were answered before.
 * @throws Fault `access.denied` without the right to list the resource `event`; `input.invalid` for a cursor that isn't
 *   one; `resource.changed` where what arrived after it is no longer kept
 */
export async function followAudit(
  base: Base,
  call: Call<CallerOf<"user" | "admin">>,
  query: AuditFollowQuery,
): Promise<AuditFollowPage> {
  await requireRightToRead(base, call, { resource: "event", verb: "list" });
  const now = base.clock();
  const from = query.cursor === undefined ? undefined : parseCursor(query.cursor, now);
  const settled = from?.settled ?? formatTime(now - settling);
  const end = Math.min(now - holdBack, timeOf(settled) + maxMinutes * minute);
  const entries = await takeEntries(arrivalsFrom(base.store, settled, end));
  const fresh = from === undefined ? [] : unseen(entries, from);
  const page = await readPage(base.store, fresh, query);
  const newest = page.last ?? from?.newest ?? formatTime(end);
  const isCut = page.isCut || entries.length === maxEntries;
  const next = earliest(formatTime(Math.min(now - settling, end)), ...(isCut ? [newest] : []));
  const cursor = { settled: latest(settled, next), newest };
  return {
    events: page.events,
    running: page.running,
    more: isCut || end < now - holdBack,
    cursor: formatCursor({ ...cursor, count: entries.filter(isWithin(cursor)).length }),
  };
}

/** Entries before `settled` are done with; of those from there to `newest`, `count` were seen. */
interface Cursor {
  readonly settled: string;
  readonly newest: string;
  readonly count: number;
}

function isWithin({ settled, newest }: Omit<Cursor, "count">): (entry: ArrivalEntry) => boolean {
  return ({ key }) => settled <= key && key <= newest;
}

/** All of them, where one came late among those that were seen: which it is, nobody knows. */
function unseen(entries: readonly ArrivalEntry[], from: Cursor): readonly ArrivalEntry[] {
  const seen = entries.filter(isWithin(from)).length;
  return seen > from.count ? entries : entries.slice(seen);
}

async function takeEntries(source: AsyncGenerator<ArrivalEntry, void>): Promise<ArrivalEntry[]> {
  const entries: ArrivalEntry[] = [];
  for await (const entry of source) {
    entries.push(entry);
    if (entries.length === maxEntries) break;
  }
  return entries;
}

interface Page {
  readonly events: AuditEvent[];
  readonly running: RunningStatement[];
  /** The key of the last entry that was read or is not asked for. */
  readonly last: string | undefined;
  /** Whether there was more than one answer holds. */
  readonly isCut: boolean;
}

async function readPage(
  store: Store,
  entries: readonly ArrivalEntry[],
  query: AuditFollowQuery,
): Promise<Page> {
  const events: AuditEvent[] = [];
  const sids = new Set<string>();
  let [bytes, read, last]: [number, number, string | undefined] = [0, 0, undefined];
  const page = async (isCut: boolean) => ({ events, running: await loadRunning(store, sids), last, isCut });
  for (const { key, arrival } of entries) {
    if (mayMatch(arrival, query)) {
      if (read === maxRead) return await page(true);
      const found = (await eventsOf(store, arrival))
        .filter((event) => matches(event, query))
        .map(fitIntoAnswer);
      const size = found.reduce((sum, event) => sum + answerBytes(event), 0);
      if (bytes + size > maxAnswerBytes && read > 0) return await page(true);
      events.push(...found);
      bytes += size;
      read += 1;
      if (arrival.type === "link_arrived" && arrival.running && showsStatements(query)) sids.add(arrival.sid);
    }
    last = key;
  }
  return await page(false);
}

function mayMatch(arrival: Arrival, { user, event }: AuditFollowQuery): boolean {
  if (arrival.type === "event_arrived") return true;
  if (user !== undefined && arrival.user !== user) return false;
  return (
    event === undefined || arrival.events.includes(event) || (arrival.running && showsStatements({ event }))
  );
}

function showsStatements({ event }: AuditFollowQuery): boolean {
  return event === undefined || event === "db.session.query";
}

function matches(event: AuditEvent, query: AuditFollowQuery): boolean {
  if (query.event !== undefined && event.event !== query.event) return false;
  return query.user === undefined || ("user" in event && event.user === query.user);
}

async function eventsOf(store: Store, arrival: Arrival): Promise<readonly AuditEvent[]> {
  const key =
    arrival.type === "event_arrived"
      ? { pk: arrival.pk, sk: arrival.sk }
      : linkKey(arrival.sid, arrival.link);
  const item = await store.get(key);
  invariant(item !== undefined, "an entry was written with what it tells of");
  if (arrival.type === "link_arrived") return await loadEvents(store, item);
  const header = parseHeader(item);
  return header.type === "event" ? [header.event] : [];
}

function earliest(...keys: string[]): string {
  return keys.toSorted()[0] ?? "";
}

function latest(a: string, b: string): string {
  return a > b ? a : b;
}

function formatCursor({ settled, newest, count }: Cursor): string {
  return `${settled}_${newest}_${count}`;
}

const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
const place = String.raw`${time}(?:#[0-9a-f-]{36}(?:#\d{1,9})?)?`;
const cursorPattern = new RegExp(`^(?<settled>${place})_(?<newest>${place})_(?<count>\\d{1,9})$`);

function parseCursor(text: string, now: number): Cursor {
  const { settled = "", newest = "", count = "" } = cursorPattern.exec(text)?.groups ?? {};
  for (const key of [settled, newest]) {
    if (Number.isNaN(timeOf(key)) || formatTime(timeOf(key)) !== key.slice(0, 24))
      throw new Fault("input.invalid", "the cursor is none that was given");
  }
  if (timeOf(settled) < now - arrivalsKept + minute) {
    throw new Fault("resource.changed", "what arrived after this cursor is no longer kept in this order", {
      hint: "search for what is missing by its time, and go on without a cursor",
    });
  }
  return { settled, newest, count: Number(count) };
}

function timeOf(key: string): number {
  return Date.parse(key.slice(0, 24));
}
