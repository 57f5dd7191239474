import { EMPTY } from "./bytes.ts";
import { Gathered } from "./gathered.ts";
import type { WholeHeader } from "./header.ts";

/** Gathers one frame that came in several chunks. */
export class Assembly {
  readonly header: WholeHeader;
  readonly #gathered: Gathered;

  /**
   * @param header already held against its limit
   * @param bytes the header's own bytes, where they do not come with the first chunk
   */
  constructor(header: WholeHeader, bytes = EMPTY) {
    this.header = header;
    this.#gathered = new Gathered(header.total);
    this.add(bytes);
  }

  get complete(): boolean {
    return this.#gathered.isFull;
  }

  /** What has been gathered so far. */
  get bytes(): Uint8Array {
    return this.#gathered.bytes;
  }

  /** Takes what belongs to the frame from the head of `bytes`; says how many that were. */
  add(bytes: Uint8Array): number {
    return this.#gathered.add(bytes);
  }
}
