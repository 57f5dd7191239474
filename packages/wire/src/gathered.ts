import { EMPTY } from "./bytes.ts";

/**
 * Bytes gathered piece by piece, up to a limit. The buffer grows with what really came, at most doubling, so a length
 * that promises much costs nothing, and bytes that come one by one cost no more than those that come at once.
 */
export class Gathered {
  readonly #limit: number;
  #bytes = EMPTY;
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length === this.#limit;
  }

  /** What has been gathered so far. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Copies from the head of `bytes` what there is room for; says how many that were. */
  add(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.#limit - this.#length);
    this.#reserve(this.#length + taken);
    this.#bytes.set(bytes.subarray(0, taken), this.#length);
    this.#length += taken;
    return taken;
  }

  #reserve(needed: number): void {
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.min(this.#limit, Math.max(needed, this.#bytes.length * 2)));
    grown.set(this.bytes);
    this.#bytes = grown;
  }
}
