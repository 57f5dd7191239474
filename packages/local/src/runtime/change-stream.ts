/** Takes the store's changes to `deliver`, as the table's stream does in AWS. */
import type { EventBus } from "@postern/control/ports";
import { deliverChanges } from "@postern/functions/handlers/deliver";
import { StoreError } from "@postern/store/error";
import type { Memory } from "./memory.ts";
import { type Repeated, repeat } from "./repeat.ts";

const batch = 100;
const idleMs = 250;

/** Nobody subscribes on one machine yet: events go as far as they do in AWS, to a bus. */
const localBus: EventBus = { publish: () => Promise.resolve() };

/** Begins at the end of the feed's past: what happened while nobody listened is in the audit log. */
export function startChangeStream({ store, feed }: Pick<Memory, "store" | "feed">, bus = localBus): Repeated {
  let cursor: string | undefined;
  return repeat("the change stream", idleMs, async () => {
    for (;;) {
      const { changes, cursor: next } = await feed.changes(cursor, batch).catch(beginAnew);
      // From where it failed it is delivered again.
      if ((await deliverChanges({ bus, store }, changes)) !== undefined) return;
      cursor = next;
      if (changes.length < batch) return;
    }
  });

  /** After the machine slept for longer than changes are kept, what was missed is in the audit log as well. */
  function beginAnew(error: unknown): never {
    if (error instanceof StoreError && error.code === "store.changes-trimmed") cursor = undefined;
    throw error;
  }
}
