/**
 * What makes the audit log searchable: a small item per event of the control plane (the event itself) and per chunk
 * of a session (what is in it), by hour and shard, so that no partition is hot however much is written.
 */

import { createHash } from "node:crypto";
import { AuditEvent } from "@postern/core/audit/event";
import { keyPrefix } from "@postern/store/key";
import type { Item, Put } from "@postern/store/port";
import { z } from "zod";
import { auditPartition } from "../keys.ts";
import { toValue } from "../value.ts";

/** Partitions per hour. A reader asks each of them. */
export const auditShards = 4;

const Count = z.int().min(0);

/** What of a session's chunk a search needs to know before it reads the chunk; the events of one hour. */
export const ChunkHeader = z.strictObject({
  type: z.literal("chunk"),
  sid: z.string(),
  /** The chunk's place in its session's chain. */
  link: Count,
  min_time: z.string(),
  max_time: z.string(),
  user: z.string(),
  database: z.string(),
  events: z.array(z.string()),
  codes: z.array(z.string()),
  count: Count,
});
export type ChunkHeader = z.infer<typeof ChunkHeader>;

const Header = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("event"), event: AuditEvent }),
  ChunkHeader,
]);
export type Header = z.infer<typeof Header>;

/** Appends an event of the control plane. */
export function eventHeader(event: AuditEvent): Put {
  return headerPut({ type: "event", event: AuditEvent.parse(event) }, event.time, event.uid);
}

/** Makes a chunk's events of one hour searchable. It sorts by the latest of them, as searches go backwards. */
export function chunkHeader(header: ChunkHeader): Put {
  return headerPut(header, header.max_time, `${header.sid}#${String(header.link).padStart(8, "0")}`);
}

/** True for an item of the audit log's partitions. */
export function isHeader(item: Item): boolean {
  return item.key.pk.startsWith(keyPrefix(["audit"]));
}

/** What stands in the audit log under a key: a header of either kind. Throws for an item that isn't one. */
export function parseHeader(item: Item): Header {
  return Header.parse(item.value);
}

/** The times of the earliest and latest event that a header stands for. */
export function spanOf(header: Header): { readonly min: string; readonly max: string } {
  return header.type === "event"
    ? { min: header.event.time, max: header.event.time }
    : { min: header.min_time, max: header.max_time };
}

/** The hour of an RFC 3339 time, as the partitions are named by it: `2026-01-05T10`. */
export function hourOf(time: string): string {
  return time.slice(0, 13);
}

function headerPut(header: Header, time: string, id: string): Put {
  const key = { pk: auditPartition(hourOf(time), shardOf(id)), sk: `${time}#${id}` };
  return { type: "put", key, value: toValue(header), condition: { type: "absent" } };
}

/** Which of `auditShards` something of this id stands in. */
export function shardOf(id: string): number {
  return createHash("sha256").update(id).digest().readUInt32BE(0) % auditShards;
}
