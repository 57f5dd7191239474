/** Sessions that have not ended yet, so that those of a lost host are found. */

import { createHash } from "node:crypto";
import type { Item, Key, Put, Store } from "@postern/store/port";
import { z } from "zod";
import { openSessionPartition } from "../keys.ts";
import { toValue } from "../value.ts";

const shards = 4;

/**
 * `ends_at`: when its host must have closed it, milliseconds since 1970. `suspected_at`: when a sweep first found the
 * host's lease over; null while its heartbeats come.
 */
export const OpenSession = z.strictObject({
  sid: z.string(),
  host_id: z.string(),
  ends_at: z.int(),
  suspected_at: z.int().nullable(),
});
export type OpenSession = z.infer<typeof OpenSession>;

export function openSessionKey(sid: string): Key {
  const shard = createHash("sha256").update(sid).digest().readUInt32BE(0) % shards;
  return { pk: openSessionPartition(shard), sk: sid };
}

export function openSessionPut(session: OpenSession, condition: Put["condition"]): Put {
  return { type: "put", key: openSessionKey(session.sid), value: toValue(session), condition };
}

/** Every session that has not ended. */
export async function* openSessions(store: Store): AsyncGenerator<{ item: Item; session: OpenSession }> {
  for (let shard = 0; shard < shards; shard += 1) {
    let after: string | undefined;
    do {
      const range = { pk: openSessionPartition(shard), limit: 1000 };
      const page = await store.query(after === undefined ? range : { ...range, after });
      for (const item of page.items) yield { item, session: OpenSession.parse(item.value) };
      after = page.after;
    } while (after !== undefined);
  }
}
