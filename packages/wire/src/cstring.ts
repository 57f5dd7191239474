import { ProtocolError } from "./errors.ts";

const ENCODER = new TextEncoder();
// A byte order mark is content here: dropping it would lose bytes.
const LENIENT = new TextDecoder("utf-8", { ignoreBOM: true });
const STRICT = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/**
 * The manual's `String`: bytes that end at a NUL, which is not part of them. Their encoding is the session's
 * `client_encoding`, which the protocol does not carry; so the bytes are kept, and text is made when asked for.
 */
export class CString {
  /** The bytes as they came, without the NUL; a view, not a copy. */
  readonly bytes: Uint8Array;

  /** @throws ProtocolError `string.nul`: a NUL inside would end the string early for the next reader. */
  constructor(bytes: Uint8Array) {
    if (bytes.includes(0)) throw new ProtocolError("string.nul", "a string may not contain a NUL byte");
    this.bytes = bytes;
  }

  /** @throws ProtocolError `string.nul` */
  static from(text: string): CString {
    return new CString(ENCODER.encode(text));
  }

  /** For people: bytes that are not UTF-8 show as U+FFFD, so two different strings may look the same. */
  get utf8(): string {
    return LENIENT.decode(this.bytes);
  }

  /** For decisions: the text, or ProtocolError `string.encoding` when the bytes are not UTF-8. */
  get strictUtf8(): string {
    try {
      return STRICT.decode(this.bytes);
    } catch {
      throw new ProtocolError("string.encoding", "invalid byte sequence for encoding UTF8");
    }
  }

  /** For maps: one character a byte, so equal exactly when the bytes are. Not for display. */
  get key(): string {
    const { buffer, byteOffset, byteLength } = this.bytes;
    return Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
  }
}
