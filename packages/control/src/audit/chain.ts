/**
 * A session's chain: link 0 holds the start event, each chunk of its host makes the next, the end event is in the last.
 * Each link's hash covers its content and the hash before, so that no link can be changed, taken out or put in later
 * without all that follow telling.
 */

import { createHash } from "node:crypto";
import { AuditEvent } from "@postern/core/audit/event";
import { Fault } from "@postern/core/fault";
import type { Item, Put, Store, Write } from "@postern/store/port";
import { z } from "zod";
import { linkKey } from "../keys.ts";
import { toValue } from "../value.ts";
import { arrivalPut } from "./arrival.ts";
import { ContentRef, decodeLines, encodeLines, loadContent, saveContent } from "./content.ts";
import { chunkHeader, hourOf } from "./header.ts";
import type { SessionFacts } from "./session-record.ts";

/** What the first link's hash covers in the place of a hash before. */
export const genesis = "0".repeat(64);

export const Link = z.strictObject({
  type: z.literal("link"),
  sid: z.string(),
  link: z.int().min(0),
  /** SHA-256 of the link before and of this one, in hex: `sha256(prev as hex || content)`. */
  prev: z.string(),
  hash: z.string(),
  /** SHA-256 of the records that the host sent, by which a chunk sent again is known; null for our own links. */
  records_sha256: z.string().nullable(),
  content: ContentRef,
});
export type Link = z.infer<typeof Link>;

export interface NewLink {
  readonly facts: SessionFacts;
  readonly link: number;
  readonly prev: string;
  readonly records_sha256: string | null;
  readonly events: readonly AuditEvent[];
  /** Whether statements of the session are not answered yet. */
  readonly running: boolean;
  /** When it is appended; milliseconds since 1970. */
  readonly now: number;
}

/** No honest session has events of more hours in one link: each hour is a write of the one commit. */
const maxHours = 40;

/** The writes that append a link and make its events searchable, and its hash. Parts are written before. */
export async function appendLink(
  store: Store,
  { facts, link, prev, records_sha256, events, running, now }: NewLink,
): Promise<{ readonly hash: string; readonly writes: Write[] }> {
  const { sid } = facts;
  // Kept is only what can be read again: one event that can't would stand in the way of every search of its hour.
  const content = encodeLines(events.map((event) => AuditEvent.parse(event)));
  const hash = linkHash(prev, content);
  const { ref, bytes } = await saveContent(store, sid, content);
  const value: Link = { type: "link", sid, link, prev, hash, records_sha256, content: ref };
  const put: Put = {
    type: "put",
    key: linkKey(sid, link),
    value: toValue(value),
    ...(bytes === undefined ? {} : { bytes }),
    condition: { type: "absent" },
  };
  const names = [...new Set(events.map(({ event }) => event))].sort();
  const arrival = { type: "link_arrived", sid, link, user: facts.user, events: names, running } as const;
  return {
    hash,
    writes: [put, ...headersOf(facts, link, events), arrivalPut(arrival, `${sid}#${link}`, now)],
  };
}

export function linkHash(prev: string, content: Uint8Array): string {
  return createHash("sha256").update(prev).update(content).digest("hex");
}

/** A header per hour: a statement that ran for long stands under the hour in which it began. */
function headersOf(
  { sid, user, db_service }: SessionFacts,
  link: number,
  events: readonly AuditEvent[],
): Put[] {
  const hours = Map.groupBy(events, ({ time }) => hourOf(time));
  if (hours.size > maxHours)
    throw new Fault("input.invalid", `a chunk's events are of more than ${maxHours} hours`);
  return [...hours.values()].map((ofHour) => {
    const times = ofHour.map(({ time }) => time).sort();
    return chunkHeader({
      type: "chunk",
      sid,
      link,
      min_time: times.at(0) ?? "",
      max_time: times.at(-1) ?? "",
      user,
      database: db_service,
      events: [...new Set(ofHour.map(({ event }) => event))].sort(),
      codes: [...new Set(ofHour.map(({ code }) => code))].sort(),
      count: ofHour.length,
    });
  });
}

/** True for the item of a link, whatever else its partition holds. */
export function isLink(item: Item): boolean {
  return item.value["type"] === "link";
}

export function parseLink(item: Item): Link {
  return Link.parse(item.value);
}

/** A link's events, in the order in which they were appended. */
export async function loadEvents(store: Store, item: Item): Promise<AuditEvent[]> {
  const { sid, content } = parseLink(item);
  const lines = decodeLines(await loadContent(store, sid, content, item));
  return lines.map((line) => AuditEvent.parse(line));
}
