import type { Clock } from "@postern/core/time";

const windowMs = 60_000;
/** An attacker with many addresses must not make us remember all of them. */
const mostAddresses = 10_000;

/** Counts cancel requests that met no session, by whoever sent them: in each minute so many are heard and no more. */
export class MissLimit {
  readonly #now: Clock;
  readonly #most: number;
  #misses = new Map<string, number>();
  #windowEnds = 0;

  /** @param most with four bytes to guess, few enough that it takes ages */
  constructor(now: Clock, most: number) {
    this.#now = now;
    this.#most = most;
  }

  /** True when the sender has missed too often to be heard. */
  isOver(sender: string): boolean {
    this.#startWindow();
    return (this.#misses.get(sender) ?? 0) >= this.#most;
  }

  /** @returns what takes it back, where it turns out to be none */
  miss(sender: string): () => void {
    this.#startWindow();
    const misses = this.#misses;
    if (misses.size >= mostAddresses && !misses.has(sender)) return () => undefined;
    misses.set(sender, (misses.get(sender) ?? 0) + 1);
    return () => void misses.set(sender, (misses.get(sender) ?? 1) - 1);
  }

  #startWindow(): void {
    if (this.#now() < this.#windowEnds) return;
    this.#windowEnds = this.#now() + windowMs;
    this.#misses = new Map();
  }
}
