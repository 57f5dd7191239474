import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../log.ts";

/** Does something again and again until the signal aborts, one at a time; a failure is logged and changes nothing. */
export async function repeat(
  name: string,
  everyMs: number,
  act: () => Promise<void>,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  let hasFailed = false;
  while (!signal.aborted) {
    try {
      await act();
      if (hasFailed) log.info(`${name} works again`);
      hasFailed = false;
    } catch (error) {
      // Once, not at every try: the log is read by people.
      if (!hasFailed) log.warn({ err: error }, `${name} failed`);
      hasFailed = true;
    }
    await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
