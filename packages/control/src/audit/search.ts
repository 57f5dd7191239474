/**
 * Searches the audit log, backwards from the newest event. Headers say which chunks can hold what is asked for; only
 * those are read. One call does bounded work: where that ends before the page is full, its cursor goes on from there.
 */
import type { AuditPage, AuditQuery } from "@postern/core/api/read";
import type { AuditEvent } from "@postern/core/audit/event";
import { invariant } from "@postern/core/fault";
import { day, formatTime, hour, minute } from "@postern/core/time";
import type { Store } from "@postern/store/port";
import type { Call, CallerOf } from "../caller.ts";
import { requireRightToRead } from "../denied.ts";
import { linkKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { answerBytes, fitIntoAnswer, maxAnswerBytes } from "./answer-size.ts";
import { loadEvents } from "./chain.ts";
import {
  beforeTime,
  behindTime,
  formatCursor,
  isBefore,
  type Place,
  parseCursor,
  placeOf,
} from "./cursor.ts";
import { type Header, hourOf, spanOf } from "./header.ts";
import { newestHeaders } from "./newest-headers.ts";

const maxHours = 72;
const maxChunks = 500;
/** Writers' clocks differ a little. */
const clockSkew = minute;

/**
 * The events that match, newest last, and a cursor where older ones may follow. Default: the last 24 hours.
 * @throws Fault `access.denied` without the right to list the resource `event`, `input.invalid` for a bad cursor
 */
export async function searchAudit(
  base: Base,
  call: Call<CallerOf<"user" | "admin">>,
  query: AuditQuery,
): Promise<AuditPage> {
  await requireRightToRead(base, call, { resource: "event", verb: "list" });
  const now = base.clock();
  const since = beforeTime(formatTime(query.since === undefined ? now - day : Date.parse(query.since)));
  const latest = now + clockSkew;
  const until = query.until === undefined ? latest : Math.min(latest, Date.parse(query.until));
  const start = query.cursor === undefined ? beforeTime(formatTime(until)) : parseCursor(query.cursor);
  const page = new PageOfEvents(query.limit);
  const rest = await searchHours(base.store, query, { since, start }, page);
  return { events: page.events.toReversed(), ...(rest === undefined ? {} : { cursor: formatCursor(rest) }) };
}

/** Events from `since` on, up to and without `start`. */
interface Bounds {
  readonly since: Place;
  readonly start: Place;
}

/** Fills the page. Returns where the next one begins; undefined when nothing older is left. */
async function searchHours(
  store: Store,
  query: AuditQuery,
  bounds: Bounds,
  page: PageOfEvents,
): Promise<Place | undefined> {
  let at = Math.floor(Date.parse(bounds.start.time) / hour) * hour;
  for (let walked = 0; formatTime(at + hour) > bounds.since.time; walked += 1, at -= hour) {
    if (walked === maxHours) return beforeTime(formatTime(at + hour));
    const rest = await searchHour(store, query, bounds, hourOf(formatTime(at)), page);
    if (rest !== undefined) return rest;
  }
  return undefined;
}

/**
 * Headers come by their latest event. An event is final once no header to come can hold a later one; until then it
 * waits in `found`.
 */
async function searchHour(
  store: Store,
  query: AuditQuery,
  bounds: Bounds,
  ofHour: string,
  page: PageOfEvents,
): Promise<Place | undefined> {
  let found: AuditEvent[] = [];
  let chunks = 0;
  for await (const header of newestHeaders(store, ofHour)) {
    const { min, max } = spanOf(header);
    found = page.take(found, behindTime(max));
    if (page.isFull) return page.last;
    if (!isBefore(beforeTime(min), bounds.start) || max < bounds.since.time || !mayMatch(header, query))
      continue;
    // Chunks that reach back over the start are read again by each page, and don't count: or a page could be none.
    if (header.type === "chunk" && max < bounds.start.time && chunks++ === maxChunks) return behindTime(max);
    found.push(...(await eventsOf(store, header)).filter((event) => matches(event, query, bounds)));
  }
  page.take(found, undefined);
  return page.isFull ? page.last : undefined;
}

async function eventsOf(store: Store, header: Header): Promise<AuditEvent[]> {
  if (header.type === "event") return [header.event];
  const item = await store.get(linkKey(header.sid, header.link));
  invariant(item !== undefined, "a header's chunk was written with it");
  const events = await loadEvents(store, item);
  return events.filter(({ time }) => hourOf(time) === hourOf(header.max_time));
}

function mayMatch(header: Header, { user, event, sid }: AuditQuery): boolean {
  if (header.type === "event") return true;
  if (sid !== undefined && header.sid !== sid) return false;
  if (user !== undefined && header.user !== user) return false;
  return event === undefined || header.events.includes(event);
}

function matches(event: AuditEvent, query: AuditQuery, { since, start }: Bounds): boolean {
  const place = placeOf(event);
  if (isBefore(place, since) || !isBefore(place, start)) return false;
  if (query.event !== undefined && event.event !== query.event) return false;
  if (query.user !== undefined && !("user" in event && event.user === query.user)) return false;
  return query.sid === undefined || ("sid" in event && event.sid === query.sid);
}

/** Newest first, until it holds as many or as much as one answer may. */
class PageOfEvents {
  readonly events: AuditEvent[] = [];
  readonly #limit: number;
  #bytes = 0;
  #isFull = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.#isFull || this.events.length >= this.#limit;
  }

  /** Where the next page begins. */
  get last(): Place | undefined {
    const event = this.events.at(-1);
    return event && placeOf(event);
  }

  /** Takes what lies behind `place` (all, without one), newest first, as long as there is room. Returns the others. */
  take(found: readonly AuditEvent[], place: Place | undefined): AuditEvent[] {
    const isFinal = (event: AuditEvent) => place === undefined || isBefore(place, placeOf(event));
    const final = found.filter(isFinal).sort((a, b) => (isBefore(placeOf(a), placeOf(b)) ? 1 : -1));
    for (const event of final) {
      const shown = fitIntoAnswer(event);
      this.#bytes += answerBytes(shown);
      this.#isFull = this.#bytes > maxAnswerBytes && this.events.length > 0;
      if (this.isFull) break;
      this.events.push(shown);
    }
    return found.filter((event) => !isFinal(event));
  }
}
