import { createHash, type Hash } from "node:crypto";
import type { Parameter } from "@postern/core/audit/record";
import { Gathered } from "@postern/wire/gathered";

/** Of a value that was cut: the whole one's length and SHA-256. */
export type Cut = NonNullable<Parameter["cut"]>;

/** Text is cut between two characters, which takes a look at the byte behind the limit. */
const lookAhead = 1;

/** The beginning of a run of bytes and the proof of all of it: however long it is, no more is kept than the limit. */
export interface Excerpt {
  /** At most a byte more than the limit. */
  readonly head: Uint8Array;
  /** Of the whole, in bytes. */
  readonly length: number;
  proof(): Cut;
}

/** Of bytes that are there whole, by reference. */
export function excerptOf(bytes: Uint8Array): Excerpt {
  return { head: bytes, length: bytes.length, proof: () => proofOf(bytes) };
}

/** Of bytes that come piece by piece. */
export class GatheredExcerpt implements Excerpt {
  readonly #head: Gathered;
  #length = 0;
  /** Of everything, once there is more than the head. */
  #hash: Hash | undefined;

  /** @param limit of what is kept, in bytes */
  constructor(limit: number) {
    this.#head = new Gathered(limit + lookAhead);
  }

  get head(): Uint8Array {
    return this.#head.bytes;
  }

  get length(): number {
    return this.#length;
  }

  add(bytes: Uint8Array): void {
    this.#length += bytes.length;
    const rest = bytes.subarray(this.#head.add(bytes));
    if (rest.length === 0) return;
    this.#hash ??= createHash("sha256").update(this.#head.bytes);
    this.#hash.update(rest);
  }

  proof(): Cut {
    if (this.#hash === undefined) return proofOf(this.#head.bytes);
    return { bytes: this.#length, sha256: this.#hash.copy().digest("hex") };
  }
}

function proofOf(bytes: Uint8Array): Cut {
  return { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}
