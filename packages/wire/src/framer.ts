import { Assembly } from "./assembly.ts";
import { concat, EMPTY } from "./bytes.ts";
import type { FramePolicy, Part, Piece, Span } from "./frame.ts";
import {
  headerSize,
  type PartsHeader,
  readHeader,
  type StreamHeader,
  streamedTotal,
  wholeFrame,
} from "./header.ts";

/**
 * Cuts a byte stream into frames: `push(chunk)`, then `next()` until it gives undefined, then the next chunk.
 * Pieces are views on the chunk pushed; copied are only a frame that must be whole and spans chunks, and a header that
 * spans chunks. Lengths are judged before they are used. After a ProtocolError every further `next()` throws it again.
 */
export class Framer {
  #policy: FramePolicy;
  #chunk = EMPTY;
  #offset = 0;
  /** The beginning of a header that an earlier chunk broke off. */
  #header = EMPTY;
  /** A frame that began in an earlier chunk and is wanted whole. */
  #assembly: Assembly | undefined;
  /** A frame that is passed on as it comes: its tag, and how much of it is still to come. */
  #streamedTag = 0;
  #streamedLeft = 0;
  /** A frame that is given in parts, and how much of it has been given. */
  #parted: PartsHeader | undefined;
  #partedOffset = 0;

  constructor(policy: FramePolicy) {
    this.#policy = policy;
  }

  /** Judge frames by another policy, from the next one on. */
  use(policy: FramePolicy): void {
    this.#policy = policy;
  }

  push(chunk: Uint8Array): void {
    // Holding a second chunk would be a queue without a bound; the owner stops reading instead.
    if (this.#offset < this.#chunk.length) throw new Error("push() before next() gave undefined");
    this.#chunk = chunk;
    this.#offset = 0;
  }

  /** @throws ProtocolError `length.invalid`, `message.too_long`, `tag.refused` */
  next(): Piece | undefined {
    if (this.#offset === this.#chunk.length) return undefined;
    if (this.#streamedLeft > 0) return this.#stream();
    if (this.#parted !== undefined) return this.#part(this.#parted);
    if (this.#assembly !== undefined) return this.#assemble(this.#assembly);
    if (this.#header.length > 0 || this.#unread < headerSize(this.#policy)) return this.#resumeHeader();
    return this.#begin();
  }

  /** Takes back every byte that no piece has shown: what a TLS handshake or another framer reads on. */
  takeRest(): Uint8Array {
    const held = this.#assembly?.bytes ?? this.#header;
    const unread = this.#chunk.subarray(this.#offset);
    this.#assembly = undefined;
    this.#header = EMPTY;
    this.#offset = this.#chunk.length;
    return held.length === 0 ? unread : concat(held, unread);
  }

  get #unread(): number {
    return this.#chunk.length - this.#offset;
  }

  /** A frame whose header lies in this chunk. */
  #begin(): Piece | undefined {
    const header = readHeader(this.#chunk, this.#offset, this.#policy);
    if (header.type === "stream") {
      this.#openStream(header, header.total);
      return this.#stream();
    }
    if (header.type === "parts") return this.#part(header);
    if (header.total > this.#unread) return this.#assemble(new Assembly(header));
    const start = this.#offset;
    this.#offset = start + header.total;
    return wholeFrame(header, this.#chunk.subarray(start, this.#offset));
  }

  /** A frame whose header this chunk ends or continues. */
  #resumeHeader(): Piece | undefined {
    const size = headerSize(this.#policy);
    const end = this.#offset + size - this.#header.length;
    const bytes = concat(this.#header, this.#chunk.subarray(this.#offset, end));
    if (bytes.length < size) {
      this.#header = bytes;
      this.#offset = this.#chunk.length;
      return undefined;
    }
    // Judged before anything moves, so that a frame once refused stays refused.
    const header = readHeader(bytes, 0, this.#policy);
    this.#header = EMPTY;
    this.#offset = end;
    if (header.type === "parts") return this.#partOf(header, bytes);
    if (header.type !== "stream") return this.#assemble(new Assembly(header, bytes));
    this.#openStream(header, header.total - size);
    return this.#span(bytes, this.#streamedLeft === 0 ? 1 : 0);
  }

  #assemble(assembly: Assembly): Piece | undefined {
    this.#offset += assembly.add(this.#chunk.subarray(this.#offset));
    this.#assembly = assembly.complete ? undefined : assembly;
    return assembly.complete ? wholeFrame(assembly.header, assembly.bytes) : undefined;
  }

  /** What this chunk has of a frame that is given in parts. */
  #part(header: PartsHeader): Part {
    const start = this.#offset;
    this.#offset = Math.min(start + header.total - this.#partedOffset, this.#chunk.length);
    return this.#partOf(header, this.#chunk.subarray(start, this.#offset));
  }

  #partOf(header: PartsHeader, bytes: Uint8Array): Part {
    const offset = this.#partedOffset;
    const isLast = offset + bytes.length === header.total;
    this.#parted = isLast ? undefined : header;
    this.#partedOffset = isLast ? 0 : offset + bytes.length;
    return { type: "part", tag: header.tag, bytes, offset, total: header.total };
  }

  #openStream(header: StreamHeader, left: number): void {
    this.#streamedTag = header.tag;
    this.#streamedLeft = left;
  }

  /** What this chunk has of the streamed frame, and of the streamed frames of its tag that follow at once. */
  #stream(): Span {
    const chunk = this.#chunk;
    const start = this.#offset;
    let end = start;
    let left = this.#streamedLeft;
    let frames = 0;
    while (left > 0 && left <= chunk.length - end) {
      end += left;
      frames += 1;
      left = chunk.length - end < 5 ? 0 : streamedTotal(chunk, end, this.#streamedTag, this.#policy);
    }
    if (left > 0) {
      left -= chunk.length - end;
      end = chunk.length;
    }
    this.#offset = end;
    this.#streamedLeft = left;
    return this.#span(chunk.subarray(start, end), frames);
  }

  #span(bytes: Uint8Array, frames: number): Span {
    return { type: "span", tag: this.#streamedTag, bytes, frames, open: this.#streamedLeft > 0 };
  }
}
