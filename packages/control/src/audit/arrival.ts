/**
 * What was appended to the audit log, in the order in which it came, for those who follow it. Searches go by the events'
 * own times, and a statement's event has the time at which it began: by when it is known that may be hours ago.
 */
import { formatTime, hour, minute } from "@postern/core/time";
import type { Item, Put, Store } from "@postern/store/port";
import { z } from "zod";
import { arrivalPartition } from "../keys.ts";
import { toValue } from "../value.ts";
import { auditShards, shardOf } from "./header.ts";
import { merge } from "./merge.ts";

/** Who followed the log and was away for longer is told so. */
export const arrivalsKept = hour;

/** Where what arrived stands, and what of it tells whether it is worth reading. */
export const Arrival = z.discriminatedUnion("type", [
  /** An event of the control plane: its header's key. */
  z.strictObject({ type: z.literal("event_arrived"), pk: z.string(), sk: z.string() }),
  /** A link of a session's chain; `running`: whether statements of the session were not answered yet. */
  z.strictObject({
    type: z.literal("link_arrived"),
    sid: z.string(),
    link: z.int().min(0),
    user: z.string(),
    events: z.array(z.string()),
    running: z.boolean(),
  }),
]);
export type Arrival = z.infer<typeof Arrival>;

export interface ArrivalEntry {
  /** The time at which it was written, by its writer's clock, and an id: entries sort by it. */
  readonly key: string;
  readonly arrival: Arrival;
}

/**
 * To go into the commit of what it tells of.
 * @param id of what arrived, the same in every attempt to write it
 */
export function arrivalPut(arrival: Arrival, id: string, now: number): Put {
  return {
    type: "put",
    key: { pk: partitionAt(now, shardOf(id)), sk: `${formatTime(now)}#${id}` },
    value: toValue(arrival),
    expiresAt: now + arrivalsKept,
    condition: { type: "absent" },
  };
}

function partitionAt(time: number, shard: number): string {
  return arrivalPartition(Math.floor(time / minute), shard);
}

/** What arrived from a key, or a time, on and before a time, in order. */
export async function* arrivalsFrom(
  store: Store,
  from: string,
  end: number,
): AsyncGenerator<ArrivalEntry, void> {
  const first = Math.floor(Date.parse(from.slice(0, 24)) / minute) * minute;
  for (let at = first; at < end; at += minute) {
    const shards = Array.from({ length: auditShards }, (_, shard) =>
      arrivalsOfShard(store, partitionAt(at, shard), { from, to: formatTime(end) }),
    );
    yield* merge(shards, (a, b) => a.key < b.key);
  }
}

async function* arrivalsOfShard(
  store: Store,
  pk: string,
  bounds: { readonly from: string; readonly to: string },
): AsyncGenerator<ArrivalEntry, void> {
  let after: string | undefined;
  do {
    const page = await store.query({ pk, ...bounds, limit: 1000, ...(after !== undefined && { after }) });
    yield* page.items.map(parseArrival);
    after = page.after;
  } while (after !== undefined);
}

function parseArrival({ key, value }: Item): ArrivalEntry {
  return { key: key.sk, arrival: Arrival.parse(value) };
}
