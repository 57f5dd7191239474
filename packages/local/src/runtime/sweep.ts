/** Ends the sessions of lost proxies every minute, as the schedule does in AWS. */
import { setTimeout as delay } from "node:timers/promises";
import { sweepLostSessions } from "@postern/control/audit/sweep";
import type { Base } from "@postern/control/ports";
import { minute } from "@postern/core/time";

export interface Sweep {
  stop(): Promise<void>;
}

export function startSweep(base: Base): Sweep {
  const ending = new AbortController();
  const running = run(base, ending.signal);
  return {
    async stop() {
      ending.abort();
      await running;
    },
  };
}

async function run(base: Base, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sweepLostSessions(base).catch((error: unknown) => console.error("sweep:", error));
    await delay(minute, undefined, { signal }).catch(() => undefined);
  }
}
