/** Work that goes on in the background until all is stopped. */
import { setTimeout as delay } from "node:timers/promises";
import { say, sayFailure } from "../say.ts";

export interface Repeated {
  /** Settles when nothing of it runs any more. */
  stop(): Promise<void>;
}

/** Does it again and again, one at a time, with a pause after each; what fails is told once and tried again. */
export function repeat(name: string, pauseMs: number, act: () => Promise<unknown>): Repeated {
  const ending = new AbortController();
  const running = run(name, pauseMs, act, ending.signal);
  return {
    async stop() {
      ending.abort();
      await running;
    },
  };
}

async function run(
  name: string,
  pauseMs: number,
  act: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  let hasFailed = false;
  while (!signal.aborted) {
    try {
      await act();
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) {
        say(`${name} failed and is tried again:`);
        sayFailure(error);
      }
      hasFailed = true;
    }
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}
