import type { Duplex } from "node:stream";
import { readChunk } from "../stream/read-chunk.ts";
import { longestLine } from "./message.ts";

/** The first line, without its end; undefined where it doesn't come, or is longer than any of ours. @throws the signal's reason */
export async function readLine(stream: Duplex, signal: AbortSignal): Promise<string | undefined> {
  let bytes = Buffer.alloc(0);
  while (bytes.length <= longestLine) {
    const end = bytes.indexOf(0x0a);
    if (end >= 0) return bytes.toString("utf8", 0, end);
    const chunk = await readChunk(stream, signal);
    if (chunk === undefined) return undefined;
    bytes = Buffer.concat([bytes, chunk]);
  }
  return undefined;
}
