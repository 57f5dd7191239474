import type { CString } from "../../cstring.ts";
import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { BACKEND_TAG } from "./tag.ts";

/** An SQL command ended well. The tag reads like `SELECT 5`; see `parseCommandTag`. */
export type CommandComplete = { readonly type: "CommandComplete"; readonly tag: CString };

export function encodeCommandComplete({ tag }: CommandComplete): Uint8Array {
  return new Writer(BACKEND_TAG.CommandComplete).cstring(tag).finish();
}

export function decodeCommandComplete(body: Uint8Array): CommandComplete {
  const reader = new Reader(body);
  const tag = reader.cstring();
  reader.end();
  return { type: "CommandComplete", tag };
}

export type CommandTag = {
  readonly command: string;
  /** Rows read, written, moved over or copied; undefined for commands that count none. */
  readonly rows: number | undefined;
};

/** `SELECT 5`, `COPY 5`, `CREATE TABLE`, and `INSERT 0 5`, where an OID stands before the rows. */
export function parseCommandTag(tag: CString): CommandTag {
  const words = tag.utf8.split(" ");
  const numbers = words.findIndex((word) => /^\d+$/.test(word));
  if (numbers <= 0) return { command: tag.utf8, rows: undefined };
  const rows = Number(words.at(-1));
  return { command: words.slice(0, numbers).join(" "), rows: Number.isSafeInteger(rows) ? rows : undefined };
}
