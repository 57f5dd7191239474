/** Texts and values as records hold them: cut at a limit, provable by length and SHA-256 where they were cut. */
import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import type { Parameter } from "@postern/core/audit/record";
import { recordLimits } from "@postern/core/audit/record";

export type Cut = NonNullable<Parameter["cut"]>;
export type CutText = { readonly text: string; readonly cut?: Cut };

/**
 * @param bytes in the session's client_encoding; what is no UTF-8 shows as U+FFFD and counts as cut, so that the very
 *   bytes stay provable
 * @param limit in bytes
 */
export function cutText(bytes: Uint8Array, limit: number): CutText {
  if (bytes.length <= limit && isUtf8(bytes) && jsonFits(bytes)) return { text: utf8(bytes) };
  return { text: shorten(bytes, limit), cut: proofOf(bytes) };
}

/** The whole value's length and hash. */
export function proofOf(bytes: Uint8Array): Cut {
  return { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** JSON writes a control character in six bytes: a text of them would burst the chunk that holds its record. */
const jsonLimit = recordLimits.chunkBytes / 4;
const worstGrowth = 6;

function jsonFits(bytes: Uint8Array): boolean {
  return bytes.length * worstGrowth <= jsonLimit || JSON.stringify(utf8(bytes)).length <= 1.25 * jsonLimit;
}

function shorten(bytes: Uint8Array, limit: number): string {
  const head = bytes.subarray(0, wholeCharacters(bytes, limit));
  return jsonFits(head) ? utf8(head) : shorten(head, Math.floor(head.length / 2));
}

/** The greatest length up to `limit` that doesn't end amid a character. */
function wholeCharacters(bytes: Uint8Array, limit: number): number {
  if (bytes.length <= limit) return bytes.length;
  let end = limit;
  while (end > limit - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
