import type { Clock } from "@postern/core/time";

/** With four bytes to guess, an address that misses this often in a minute is heard no more until the minute is over. */
const mostMisses = 20;
const windowMs = 60_000;
/** An attacker with many addresses must not make us remember all of them. */
const mostAddresses = 10_000;

/** Counts cancel requests that met no session, by address. */
export class MissLimit {
  readonly #now: Clock;
  #misses = new Map<string, number>();
  #windowEnds = 0;

  constructor(now: Clock) {
    this.#now = now;
  }

  /** True when the address has missed too often to be heard. */
  isOver(address: string): boolean {
    this.#startWindow();
    return (this.#misses.get(address) ?? 0) >= mostMisses;
  }

  miss(address: string): void {
    this.#startWindow();
    if (this.#misses.size < mostAddresses || this.#misses.has(address)) {
      this.#misses.set(address, (this.#misses.get(address) ?? 0) + 1);
    }
  }

  #startWindow(): void {
    if (this.#now() < this.#windowEnds) return;
    this.#windowEnds = this.#now() + windowMs;
    this.#misses = new Map();
  }
}
