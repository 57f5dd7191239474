/**
 * Content of any size in a session's partition: NDJSON, compressed. What fits stands in the item that needs it; what
 * doesn't stands in parts of its own, written before that item and named by the content's hash, so that nothing is seen
 * of them until the item is committed and a second attempt writes the same parts again.
 */

import { createHash } from "node:crypto";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { invariant } from "@postern/core/fault";
import type { Item, Key, Put, Store } from "@postern/store/port";
import { z } from "zod";
import { partKey } from "../keys.ts";

const compress = promisify(zlib.zstdCompress);
const decompress = promisify(zlib.zstdDecompress);

/** Below the store's 400,000 for an item, with room for its value. */
const maxInlineBytes = 300_000;
/** Of parts per commit: below the store's 4,000,000 bytes. */
const partsPerCommit = 10;
/** No content that we write is larger; what decompresses to more isn't ours. */
const maxContentBytes = 64_000_000;

/** What an item says of its content, in its value. `parts` is 0 where the content is the item's own `bytes`. */
export const ContentRef = z.strictObject({
  sha256: z.string(),
  size: z.int().min(0),
  parts: z.int().min(0),
});
export type ContentRef = z.infer<typeof ContentRef>;

export interface StoredContent {
  readonly ref: ContentRef;
  /** To be put as the item's `bytes`. */
  readonly bytes?: Uint8Array;
}

/** Lines of JSON: one per document. The same documents always give the same bytes. */
export function encodeLines(documents: readonly object[]): Buffer {
  return Buffer.from(documents.map((document) => `${JSON.stringify(document)}\n`).join(""));
}

export function decodeLines(content: Uint8Array): unknown[] {
  const lines = Buffer.from(content).toString("utf8").split("\n");
  return lines.slice(0, -1).map((line): unknown => JSON.parse(line));
}

/** Compresses content and writes its parts, if it needs any; the item that refers to it is the caller's to commit. */
export async function saveContent(store: Store, sid: string, content: Uint8Array): Promise<StoredContent> {
  const bytes = await compress(content, { params: { [zlib.constants.ZSTD_c_compressionLevel]: 3 } });
  const sha256 = createHash("sha256").update(content).digest("hex");
  const ref = { sha256, size: content.byteLength };
  if (bytes.byteLength <= maxInlineBytes) return { ref: { ...ref, parts: 0 }, bytes };
  const parts = Math.ceil(bytes.byteLength / maxInlineBytes);
  const puts = Array.from({ length: parts }, (_, part) => partPut(partKey(sid, sha256, part), part, bytes));
  for (let at = 0; at < parts; at += partsPerCommit) await store.commit(puts.slice(at, at + partsPerCommit));
  return { ref: { ...ref, parts } };
}

function partPut(key: Key, part: number, bytes: Uint8Array): Put {
  const slice = bytes.subarray(part * maxInlineBytes, (part + 1) * maxInlineBytes);
  return { type: "put", key, value: {}, bytes: slice, condition: { type: "none" } };
}

/** The content that an item refers to. Throws where a part is missing or the content isn't what was written. */
export async function loadContent(store: Store, sid: string, ref: ContentRef, item: Item): Promise<Buffer> {
  const parts = ref.parts === 0 ? [item.bytes] : await loadParts(store, sid, ref);
  const bytes = Buffer.concat(parts.filter((part) => part !== undefined));
  const content = await decompress(bytes, { maxOutputLength: maxContentBytes });
  invariant(createHash("sha256").update(content).digest("hex") === ref.sha256, "content is what was written");
  return content;
}

async function loadParts(
  store: Store,
  sid: string,
  { sha256, parts }: ContentRef,
): Promise<(Uint8Array | undefined)[]> {
  const keys = Array.from({ length: parts }, (_, part) => partKey(sid, sha256, part));
  return await Promise.all(keys.map(async (key) => (await store.get(key))?.bytes));
}
