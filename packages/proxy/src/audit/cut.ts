/** Texts and values as records hold them: cut at a limit, provable by length and SHA-256 where they were cut. */
import { isUtf8 } from "node:buffer";
import { recordLimits } from "@postern/core/audit/record";
import type { Cut, Excerpt } from "./excerpt.ts";

export type CutText = { readonly text: string; readonly cut?: Cut };

/**
 * @param excerpt in the session's client_encoding; what is no UTF-8 shows as U+FFFD and counts as cut, so that the very
 *   bytes stay provable. Its head has at least `limit` bytes and one more, where there are so many
 * @param limit in bytes
 */
export function cutText(excerpt: Excerpt, limit: number): CutText {
  const { head, length } = excerpt;
  if (length <= limit && isUtf8(head) && jsonFits(head)) return { text: utf8(head) };
  return { text: shorten(head, limit), cut: excerpt.proof() };
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
  while (end > Math.max(limit - 4, 0) && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
