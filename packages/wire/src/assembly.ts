import { EMPTY } from "./bytes.ts";
import type { WholeHeader } from "./header.ts";

/**
 * Gathers one frame that came in several chunks. The buffer grows with the bytes that really came, at most doubling,
 * so a header that promises much costs nothing, and a frame sent byte by byte costs no more than one sent whole.
 */
export class Assembly {
  readonly header: WholeHeader;
  #bytes = EMPTY;
  #length = 0;

  /**
   * @param header already held against its limit
   * @param bytes the header's own bytes, where they do not come with the first chunk
   */
  constructor(header: WholeHeader, bytes = EMPTY) {
    this.header = header;
    this.add(bytes);
  }

  get complete(): boolean {
    return this.#length === this.header.total;
  }

  /** What has been gathered so far. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Takes what belongs to the frame from the head of `bytes`; says how many that were. */
  add(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.header.total - this.#length);
    this.#reserve(this.#length + taken);
    this.#bytes.set(bytes.subarray(0, taken), this.#length);
    this.#length += taken;
    return taken;
  }

  #reserve(needed: number): void {
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.min(this.header.total, Math.max(needed, this.#bytes.length * 2)));
    grown.set(this.bytes);
    this.#bytes = grown;
  }
}
