import type { Writable } from "node:stream";
import { joinAdjacent } from "@postern/wire/bytes";

/** Gathers what is to be written, so that neighbours in one chunk leave in one write, by reference. */
export class Outbox {
  readonly #stream: Writable;
  #parts: Uint8Array[] = [];
  #last: Uint8Array | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  push(bytes: Uint8Array): void {
    const joined = this.#last && joinAdjacent(this.#last, bytes);
    if (this.#last && joined === undefined) this.#parts.push(this.#last);
    this.#last = joined ?? bytes;
  }

  /** Writes what was gathered. False when the stream has enough for now, and will say `drain`. */
  flush(): boolean {
    const { writableNeedDrain } = this.#stream;
    if (this.#last === undefined) return !writableNeedDrain;
    const parts = [...this.#parts, this.#last];
    this.#parts = [];
    this.#last = undefined;
    if (this.#stream.destroyed || this.#stream.writableEnded) return true;
    this.#stream.cork();
    for (const part of parts) this.#stream.write(part);
    this.#stream.uncork();
    return !this.#stream.writableNeedDrain;
  }
}
