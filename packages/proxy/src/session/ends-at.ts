/** A timer of hours overflows, or sleeps through a machine's own sleep: so the clock is looked at again and again. */
const lookEveryMs = 30_000;

/**
 * Calls back when a time of the wall clock has come, soon where that is past.
 * @param at RFC 3339
 * @returns what stops it
 */
export function whenTimeComes(at: string, now: () => number, callback: () => void): () => void {
  let timer: NodeJS.Timeout;
  const look = (): void => {
    const left = Math.max(Date.parse(at) - now(), 0);
    timer = setTimeout(left <= lookEveryMs ? callback : look, Math.min(left, lookEveryMs)).unref();
  };
  look();
  return () => clearTimeout(timer);
}
