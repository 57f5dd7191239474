/**
 * A host that states what it may not repeats it every few seconds. The audit log is told once: when a database is
 * refused that wasn't before, or for another reason.
 */

import { createHash } from "node:crypto";
import { day } from "@postern/core/time";
import { unchanged } from "@postern/store/update";
import { z } from "zod";
import { eventWrites, type NewEvent } from "../audit/append.ts";
import type { Call, CallerOf } from "../caller.ts";
import { hostRefusalsKey } from "../keys.ts";
import type { Base } from "../ports.ts";

/** Of a database, or of all that the host stated. */
interface Refused {
  readonly database?: string;
  readonly reason: string;
}

/** Hashes of what is refused at the moment. */
const Told = z.strictObject({ refused: z.array(z.string()) });

/** After this long without a change a refusal is told again. */
const remembered = day;
/** Of the store's 100 writes in one commit one is for what was told; an event takes two. */
const eventsPerHeartbeat = 49;

export async function recordRefusals(
  base: Base,
  call: Call<CallerOf<"host">>,
  refused: readonly Refused[],
): Promise<void> {
  const key = hostRefusalsKey(call.caller.hostId);
  const item = await base.store.get(key);
  const told = item ? Told.parse(item.value).refused : [];
  const fresh = refused.filter((refusal) => !told.includes(hashOf(refusal))).slice(0, eventsPerHeartbeat);
  const current = refused.filter((refusal) => fresh.includes(refusal) || told.includes(hashOf(refusal)));
  if (fresh.length === 0 && current.length === told.length) return;
  // Where another heartbeat of the host was quicker, that one told, or the next will.
  await base.store.commit([
    {
      type: "put",
      key,
      value: { refused: current.map(hashOf) },
      expiresAt: base.clock() + remembered,
      condition: unchanged(item),
    },
    ...eventWrites(
      base,
      fresh.map((refusal) => refusalEvent(call, refusal)),
    ),
  ]);
}

function hashOf({ database, reason }: Refused): string {
  return createHash("sha256")
    .update(JSON.stringify([database, reason]))
    .digest("base64url");
}

function refusalEvent({ caller, address }: Call<CallerOf<"host">>, { database, reason }: Refused): NewEvent {
  return {
    event: "host.refused",
    code: "PH001W",
    host_id: caller.hostId,
    action: "db.register",
    db_service: database,
    "addr.remote": address,
    success: false,
    message: reason,
  };
}
