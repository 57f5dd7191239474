import { EMPTY } from "../bytes.ts";
import { CString } from "../cstring.ts";
import { ProtocolError } from "../errors.ts";
import { Gathered } from "../gathered.ts";

/** A reading that stops wherever its bytes have not come yet, and goes on with the next `feed`. */
export type Reading<T> = Generator<void, T, void>;

/** Takes bytes as they come, by reference: to be copied by who keeps them. */
export type Take = (bytes: Uint8Array) => void;

/**
 * `Reader`, over the body of a message that comes in parts: the same fields, checks and errors. Lengths are held
 * against what the whole body has left before anything is read, and nothing is kept but small fields.
 */
export class PartSource {
  #chunk = EMPTY;
  #left: number;

  /** @param length of the body, from the message's header */
  constructor(length: number) {
    this.#left = length;
  }

  /** Bytes of the body that are not read yet, come or not. */
  get remaining(): number {
    return this.#left;
  }

  /** To be called when the reading has stopped for want of bytes. */
  feed(chunk: Uint8Array): void {
    if (this.#chunk.length > 0) throw new Error("feed() before the bytes were read");
    this.#chunk = chunk;
  }

  *uint16(): Reading<number> {
    return (yield* this.#view(2)).getUint16(0);
  }

  *int32(): Reading<number> {
    return (yield* this.#view(4)).getInt32(0);
  }

  *uint32(): Reading<number> {
    return (yield* this.#view(4)).getUint32(0);
  }

  /** @throws ProtocolError `message.truncated` before any byte is taken */
  *pass(length: number, take: Take): Reading<void> {
    this.#claim(length);
    for (let left = length; left > 0; ) {
      if (this.#chunk.length === 0) yield;
      const bytes = this.#advance(left);
      left -= bytes.length;
      take(bytes);
    }
  }

  /** Bytes up to a NUL, which is not part of them. @throws ProtocolError `string.unterminated` */
  *passString(take: Take): Reading<void> {
    for (;;) {
      if (this.#left === 0)
        throw new ProtocolError("string.unterminated", "a string in the message has no end");
      if (this.#chunk.length === 0) yield;
      const end = this.#chunk.indexOf(0);
      take(this.#advance(end < 0 ? this.#chunk.length : end));
      if (end < 0) continue;
      this.#advance(1);
      return;
    }
  }

  /** @throws ProtocolError `message.too_long` for a string of more than `limit` bytes */
  *cstring(limit: number): Reading<CString> {
    const gathered = new Gathered(limit);
    yield* this.passString((bytes) => {
      if (gathered.add(bytes) < bytes.length)
        throw new ProtocolError("message.too_long", `a name is longer than ${limit} bytes`);
    });
    return new CString(gathered.bytes);
  }

  /** @throws ProtocolError `message.trailing` unless everything was read */
  end(): void {
    if (this.#left === 0) return;
    throw new ProtocolError("message.trailing", `${this.#left} bytes follow the end of the message`);
  }

  *#view(size: number): Reading<DataView> {
    const gathered = new Uint8Array(size);
    let at = 0;
    yield* this.pass(size, (bytes) => {
      gathered.set(bytes, at);
      at += bytes.length;
    });
    return new DataView(gathered.buffer);
  }

  #claim(length: number): void {
    if (length >= 0 && length <= this.#left) return;
    throw new ProtocolError("message.truncated", "a field runs past the end of the message");
  }

  /** Up to so many bytes, of those that have come. */
  #advance(most: number): Uint8Array {
    const bytes = this.#chunk.subarray(0, Math.min(most, this.#left));
    this.#chunk = this.#chunk.subarray(bytes.length);
    this.#left -= bytes.length;
    return bytes;
  }
}
