import type { ReplyQueue } from "../relay/reply-queue.ts";
import type { Tally } from "../spool/tally.ts";

export interface Watched {
  readonly queue: Pick<ReplyQueue, "isIdle">;
  readonly tally: Pick<Tally, "bytes_in" | "bytes_out">;
}

/** Looked at so often in the time that may be idle: it ends later than it should by no more than this part of it. */
const looks = 10;
const longestPauseMs = 30_000;

/**
 * Calls back when the session has been idle for so long: no statement runs, and no byte came from either side. Looked at
 * now and then, so that the relay needs to do nothing for it.
 * @param elapsed milliseconds by a clock that nobody sets
 * @returns what stops it
 */
export function whenIdle(
  { queue, tally }: Watched,
  timeoutMs: number,
  elapsed: () => number,
  callback: () => void,
): () => void {
  const pauseMs = Math.min(timeoutMs / looks, longestPauseMs);
  let bytes = 0;
  let since = elapsed();
  let timer: NodeJS.Timeout;
  const look = (): void => {
    const now = elapsed();
    const seen = tally.bytes_in + tally.bytes_out;
    if (seen !== bytes || !queue.isIdle) since = now;
    bytes = seen;
    if (now - since >= timeoutMs) callback();
    else timer = setTimeout(look, pauseMs).unref();
  };
  look();
  return () => clearTimeout(timer);
}
