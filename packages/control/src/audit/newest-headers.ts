/** The headers of one hour, latest first: the shards are read side by side and merged. */
import type { Store } from "@postern/store/port";
import { auditPartition } from "../keys.ts";
import { auditShards, type Header, parseHeader, spanOf } from "./header.ts";

const pageSize = 250;

/** @param hour as `hourOf` names it */
export async function* newestHeaders(store: Store, hour: string): AsyncGenerator<Header> {
  const shards = Array.from({ length: auditShards }, (_, shard) => newestOfShard(store, hour, shard));
  const heads = await Promise.all(shards.map(async (shard) => await shard.next()));
  for (;;) {
    const latest = indexOfLatest(heads);
    const head = heads[latest];
    const shard = shards[latest];
    if (head === undefined || head.done === true || shard === undefined) return;
    yield head.value;
    heads[latest] = await shard.next();
  }
}

function indexOfLatest(heads: readonly IteratorResult<Header, void>[]): number {
  const times = heads.map((head) => (head.done === true ? "" : spanOf(head.value).max));
  return times.reduce((best, time, index) => (time > (times[best] ?? "") ? index : best), 0);
}

async function* newestOfShard(store: Store, hour: string, shard: number): AsyncGenerator<Header, void> {
  let after: string | undefined;
  do {
    const range = { pk: auditPartition(hour, shard), reverse: true, limit: pageSize };
    const page = await store.query(after === undefined ? range : { ...range, after });
    yield* page.items.map(parseHeader);
    after = page.after;
  } while (after !== undefined);
}
