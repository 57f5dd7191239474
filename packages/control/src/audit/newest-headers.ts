/** The headers of one hour, latest first: the shards are read side by side and merged. */
import type { Store } from "@postern/store/port";
import { auditPartition } from "../keys.ts";
import { auditShards, type Header, parseHeader, spanOf } from "./header.ts";
import { merge } from "./merge.ts";

const pageSize = 250;

/** @param hour as `hourOf` names it */
export async function* newestHeaders(store: Store, hour: string): AsyncGenerator<Header, void> {
  const shards = Array.from({ length: auditShards }, (_, shard) => newestOfShard(store, hour, shard));
  yield* merge(shards, (a, b) => spanOf(a).max > spanOf(b).max);
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
