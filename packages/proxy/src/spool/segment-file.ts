import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { invariant } from "@postern/core/fault";
import { formatLine, type Segment, type SegmentHeader } from "./segment.ts";

/** An open segment. Writes are synchronous: when `append` returns, the operating system has the records. */
export class SegmentFile {
  readonly path: string;
  readonly #file: number;
  bytes = 0;
  records = 0;
  #isClosed = false;

  /** @throws what `openSync` throws, EEXIST included: a segment is never begun twice */
  constructor(path: string, header: SegmentHeader) {
    this.path = path;
    this.#file = openSync(path, "ax", 0o600);
    try {
      this.#write(formatLine(header));
    } catch (error) {
      this.close();
      unlinkSync(path);
      throw error;
    }
  }

  /** All or nothing. @throws what the file system throws */
  append(lines: string, records: number): void {
    this.#write(lines);
    this.records += records;
  }

  close(): void {
    this.#isClosed = true;
    closeSync(this.#file);
  }

  #write(text: string): void {
    // The descriptor may be another file's by now, or another client's socket.
    invariant(!this.#isClosed, "a record for a closed segment");
    const bytes = Buffer.from(text);
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
    } catch (error) {
      // On a full disk half a line may stand there: what is written later must not stand behind it.
      ftruncateSync(this.#file, this.bytes);
      throw error;
    }
    this.bytes += bytes.length;
  }
}

/** The file isn't there, or isn't the segment that its name says: it never will be. */
export class UnreadableSegment extends Error {
  override readonly name = "UnreadableSegment";
}

/**
 * @param parse `reparseSegment` for a whole one of ours, `parseSegment` for what a dead process left
 * @throws UnreadableSegment, and what `readFileSync` throws for other reasons
 */
export function readSegment(path: string, parse: (text: string) => Segment): Segment {
  try {
    return parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const isOfTheSystem = cause instanceof Error && "syscall" in cause && existsSync(path);
    throw isOfTheSystem ? cause : new UnreadableSegment("not a segment of the spool", { cause });
  }
}

/** Of a file that is being written anew; a dead process may leave one. */
export const draftSuffix = ".new";

/** Puts other records in the place of a closed segment's, all or nothing. */
export function replaceSegment(path: string, { header, records }: Segment): void {
  const draft = `${path}${draftSuffix}`;
  const file = openSync(draft, "w", 0o600);
  try {
    const bytes = Buffer.from([header, ...records].map(formatLine).join(""));
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}
