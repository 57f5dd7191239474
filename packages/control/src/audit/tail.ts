/**
 * Where a session's audit stands: the next chunk's number, the chain's last hash, and the statements that still run.
 * One item, written with every chunk on condition that nobody else has: two deliveries of one chunk can't both count.
 */
import type { Item, Put, Store, Write } from "@postern/store/port";
import { z } from "zod";
import { partKey, sessionTailKey } from "../keys.ts";
import { toValue } from "../value.ts";
import { ContentRef, decodeLines, encodeLines, loadContent, saveContent } from "./content.ts";
import { OpenStatement, SessionProgress } from "./session-progress.ts";

const TailValue = z.strictObject({
  next_link: z.int().min(1),
  hash: z.string(),
  progress: SessionProgress,
  open: ContentRef,
});

export interface Tail {
  readonly next_link: number;
  readonly hash: string;
  readonly progress: SessionProgress;
}

export interface LoadedTail extends Tail {
  readonly version: number;
  readonly open: ContentRef;
}

export async function loadTail(store: Store, sid: string): Promise<LoadedTail | undefined> {
  const item = await store.get(sessionTailKey(sid));
  return item && (await parseTail(store, sid, item));
}

async function parseTail(store: Store, sid: string, item: Item): Promise<LoadedTail> {
  const { progress, ...value } = TailValue.parse(item.value);
  const lines = decodeLines(await loadContent(store, sid, value.open, item));
  const open = lines.map((line) => OpenStatement.parse(line));
  return { ...value, version: item.version, progress: { ...progress, open } };
}

/** The writes that put `next` in the place of `before` (none: a new session); parts are written before. */
export async function tailWrites(
  store: Store,
  sid: string,
  next: Tail,
  before: LoadedTail | undefined,
): Promise<Write[]> {
  const { open, ...progress } = next.progress;
  const { ref, bytes } = await saveContent(store, sid, encodeLines(open));
  const put: Put = {
    type: "put",
    key: sessionTailKey(sid),
    value: toValue({ next_link: next.next_link, hash: next.hash, progress, open: ref }),
    ...(bytes === undefined ? {} : { bytes }),
    condition: before === undefined ? { type: "absent" } : { type: "version", version: before.version },
  };
  return [put, ...partDeletes(sid, before?.open, ref)];
}

function partDeletes(sid: string, before: ContentRef | undefined, after: ContentRef): Write[] {
  if (before === undefined || before.sha256 === after.sha256) return [];
  return Array.from({ length: before.parts }, (_, part) => ({
    type: "delete" as const,
    key: partKey(sid, before.sha256, part),
    condition: { type: "none" as const },
  }));
}
