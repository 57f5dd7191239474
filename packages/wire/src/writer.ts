import type { CString } from "./cstring.ts";
import { ProtocolError } from "./errors.ts";

/**
 * The longest message we make, in bytes, tag and length included. PostgreSQL ends at 1 GiB; a length that wraps
 * 32 bits lets one message be read as several (CVE-2024-27304), so we stay far from both.
 */
export const ENCODE_LIMIT = 64 * 1024 * 1024;

/**
 * Appends one message: tag (none for start-up packets), length, body. One writer a message, so that no two share
 * bytes. What does not fit is refused before anything of it is written: ProtocolError `message.too_long` for a
 * total over the limit, `value.invalid` for an integer out of range.
 */
export class Writer {
  readonly #limit: number;
  readonly #lengthAt: number;
  #bytes = new Uint8Array(64);
  #view = new DataView(this.#bytes.buffer);
  #offset = 0;

  constructor(tag?: number, limit = ENCODE_LIMIT) {
    this.#limit = limit;
    if (tag !== undefined) this.byte(tag);
    this.#lengthAt = this.#offset;
    this.uint32(0);
  }

  byte(value: number): this {
    checkInteger(value, 0, 0xff);
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
    return this;
  }

  int8(value: number): this {
    checkInteger(value, -0x80, 0x7f);
    const at = this.#reserve(1);
    this.#view.setInt8(at, value);
    return this;
  }

  int16(value: number): this {
    checkInteger(value, -0x8000, 0x7fff);
    const at = this.#reserve(2);
    this.#view.setInt16(at, value);
    return this;
  }

  uint16(value: number): this {
    checkInteger(value, 0, 0xffff);
    const at = this.#reserve(2);
    this.#view.setUint16(at, value);
    return this;
  }

  int32(value: number): this {
    checkInteger(value, -0x8000_0000, 0x7fff_ffff);
    const at = this.#reserve(4);
    this.#view.setInt32(at, value);
    return this;
  }

  uint32(value: number): this {
    checkInteger(value, 0, 0xffff_ffff);
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  cstring(value: CString): this {
    // Both or neither: room for the NUL is checked before the text is written.
    const at = this.#reserve(value.bytes.length + 1);
    this.#bytes.set(value.bytes, at);
    this.#bytes[at + value.bytes.length] = 0;
    return this;
  }

  /** The whole message, with its length filled in. The writer is spent. */
  finish(): Uint8Array {
    this.#view.setUint32(this.#lengthAt, this.#offset - this.#lengthAt);
    return this.#bytes.subarray(0, this.#offset);
  }

  /** Where to write `size` bytes. Grows the buffer: read `#bytes` and `#view` only afterwards. */
  #reserve(size: number): number {
    if (size > this.#limit - this.#offset) {
      throw new ProtocolError("message.too_long", `the message would be longer than ${this.#limit} bytes`);
    }
    const at = this.#offset;
    this.#offset = at + size;
    if (this.#offset > this.#bytes.length) this.#grow();
    return at;
  }

  #grow(): void {
    const bytes = new Uint8Array(Math.min(this.#limit, Math.max(this.#offset, this.#bytes.length * 2)));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

function checkInteger(value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new ProtocolError("value.invalid", `${value} is not an integer from ${min} to ${max}`);
}
