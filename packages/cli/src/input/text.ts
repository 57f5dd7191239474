/** A text file, or standard input, with a limit: neither need ever end. */
import { createReadStream } from "node:fs";
import { Fault } from "@postern/core/fault";
import { UsageError } from "../failure.ts";
import { reasonOf } from "../system-error.ts";

/** A resource file is far from it. */
const defaultMaxBytes = 1024 * 1024;

/**
 * @param file a path; `-`, or undefined where standard input isn't a terminal, for standard input
 * Throws UsageError where there is nothing to read, Fault `input.invalid` for what can't be read as text.
 */
export async function readText(file: string | undefined, maxBytes = defaultMaxBytes): Promise<string> {
  if (file !== undefined && file !== "-") return decode(createReadStream(file), file, maxBytes);
  if (file === undefined && process.stdin.isTTY)
    throw new UsageError("which file? use -f FILE, or pipe it to standard input");
  return decode(process.stdin, "standard input", maxBytes);
}

async function decode(stream: AsyncIterable<unknown>, name: string, maxBytes: number): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readAll(stream, maxBytes));
  } catch (error) {
    throw new Fault("input.invalid", `can't read ${name}: ${reasonOf(error)}`, {}, error);
  }
}

async function readAll(stream: AsyncIterable<unknown>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError("expected bytes");
    size += chunk.length;
    if (size > maxBytes) throw new RangeError(`it has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
