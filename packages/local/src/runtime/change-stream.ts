/** Takes the store's changes to `deliver`, as the table's stream does in AWS. */
import { setTimeout as delay } from "node:timers/promises";
import type { EventBus } from "@postern/control/ports";
import { deliverChanges } from "@postern/functions/handlers/deliver";
import type { Memory } from "./memory.ts";

const batch = 100;
const idleMs = 250;

export interface ChangeStream {
  stop(): Promise<void>;
}

/** Begins at the end of the feed's past: what happened while nobody listened is in the audit log. */
export function startChangeStream(memory: Memory, bus: EventBus): ChangeStream {
  const ending = new AbortController();
  const running = run(memory, bus, ending.signal);
  return {
    async stop() {
      ending.abort();
      await running;
    },
  };
}

async function run({ store, feed }: Memory, bus: EventBus, signal: AbortSignal): Promise<void> {
  let cursor: string | undefined;
  while (!signal.aborted) {
    const { changes, cursor: next } = await feed.changes(cursor, batch);
    const failedAt = await deliverChanges({ bus, store }, changes);
    if (failedAt === undefined) cursor = next;
    if (failedAt !== undefined || changes.length < batch)
      await delay(idleMs, undefined, { signal }).catch(() => undefined);
  }
}
