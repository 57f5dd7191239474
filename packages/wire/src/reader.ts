import { CString } from "./cstring.ts";
import { ProtocolError } from "./errors.ts";

/**
 * A cursor over the body of one message. Every method checks what is left before it reads and throws
 * ProtocolError `message.truncated` when that is too little; nothing is allocated on a length's word.
 * Integers are big-endian (manual, "Message Data Types"). Bytes come out as views on the input.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** The manual's Byte1: 0 to 255. */
  byte(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  int8(): number {
    return this.#view.getInt8(this.#advance(1));
  }

  int16(): number {
    return this.#view.getInt16(this.#advance(2));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4));
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** @throws ProtocolError `string.unterminated` when no NUL follows */
  cstring(): CString {
    const end = this.#bytes.indexOf(0, this.#offset);
    if (end < 0) throw new ProtocolError("string.unterminated", "a string in the message has no end");
    const text = this.#bytes.subarray(this.#offset, end);
    this.#offset = end + 1;
    return new CString(text);
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** @throws ProtocolError `message.trailing` unless everything was read */
  end(): void {
    if (this.remaining === 0) return;
    throw new ProtocolError("message.trailing", `${this.remaining} bytes follow the end of the message`);
  }

  #advance(length: number): number {
    const start = this.#offset;
    // A negative length would move the cursor back, over bytes already judged.
    if (length < 0 || length > this.#bytes.length - start) {
      throw new ProtocolError("message.truncated", "a field runs past the end of the message");
    }
    this.#offset = start + length;
    return start;
  }
}
