import { setTimeout } from "node:timers/promises";

const FIRST_DELAY_MS = 10;
const LONGEST_DELAY_MS = 500;

/** How often anything here is tried before `store.busy`: about three seconds of waiting at most. */
export const MAX_ATTEMPTS = 12;

/**
 * Waits before the next attempt: full jitter under a doubling bound, so that contenders part instead of meeting again.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export async function backOff(attempt: number): Promise<void> {
  const bound = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  await setTimeout(Math.random() * bound);
}
