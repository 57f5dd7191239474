import { ProtocolError } from "./errors.ts";
import {
  type FramePolicy,
  LENGTH_LIMIT,
  type MessageFrame,
  STARTUP_LIMIT,
  type StartupFrame,
} from "./frame.ts";

/** What a header says, once judged; `total` counts the whole frame in bytes, header included. */
export type Header = WholeHeader | StreamHeader | PartsHeader;
export type WholeHeader =
  | { readonly type: "startup"; readonly total: number }
  | { readonly type: "message"; readonly tag: number; readonly total: number };
export type StreamHeader = { readonly type: "stream"; readonly tag: number; readonly total: number };
export type PartsHeader = { readonly type: "parts"; readonly tag: number; readonly total: number };

/** Bytes that must be there before `readHeader`. */
export function headerSize(policy: FramePolicy): 4 | 5 {
  return policy.kind === "startup" ? 4 : 5;
}

/**
 * Reads the header at `at` and holds it against the policy.
 * @throws ProtocolError `length.invalid`, `message.too_long`, `tag.refused`
 */
export function readHeader(bytes: Uint8Array, at: number, policy: FramePolicy): Header {
  if (policy.kind === "startup") {
    const total = uint32(bytes, at);
    checkLength(total, 8, STARTUP_LIMIT);
    return { type: "startup", total };
  }
  const tag = byteAt(bytes, at);
  const length = uint32(bytes, at + 1);
  checkLength(length, 4, LENGTH_LIMIT);
  const rule = policy.rule(tag, length);
  if (rule.type === "refuse") throw new ProtocolError("tag.refused", `message type ${tag} has no place here`);
  if (rule.type === "stream") return { type: "stream", tag, total: 1 + length };
  checkLength(length, 4, rule.limit);
  return { type: rule.type === "parts" ? "parts" : "message", tag, total: 1 + length };
}

/**
 * The hot path's question: length in bytes of the frame at `at` if it continues a run of streamed frames of `tag`, else 0
 * (another tag, another rule, or a header that `readHeader` must judge). The caller has checked that a header is there.
 */
export function streamedTotal(bytes: Uint8Array, at: number, tag: number, policy: FramePolicy): number {
  if (policy.kind === "startup" || bytes[at] !== tag) return 0;
  const length = uint32(bytes, at + 1);
  if (length < 4 || length > LENGTH_LIMIT) return 0;
  return policy.rule(tag, length).type === "stream" ? 1 + length : 0;
}

export function wholeFrame(header: WholeHeader, bytes: Uint8Array): StartupFrame | MessageFrame {
  return header.type === "startup" ? { type: "startup", bytes } : { type: "message", tag: header.tag, bytes };
}

function checkLength(length: number, min: number, max: number): void {
  if (length < min) throw new ProtocolError("length.invalid", `message length ${length} is below ${min}`);
  if (length > max) throw new ProtocolError("message.too_long", `message length ${length} is above ${max}`);
}

/** Unsigned, so that no length is ever negative. */
function uint32(bytes: Uint8Array, at: number): number {
  const low = (byteAt(bytes, at + 1) << 16) | (byteAt(bytes, at + 2) << 8) | byteAt(bytes, at + 3);
  return byteAt(bytes, at) * 0x100_0000 + low;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
