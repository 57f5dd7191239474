import { closeSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { formatLine, parseSegment, type Segment, type SegmentHeader } from "./segment.ts";

/** An open segment. Writes are synchronous: when `append` returns, the operating system has the records. */
export class SegmentFile {
  readonly path: string;
  readonly #file: number;
  bytes = 0;
  records = 0;

  /** @throws what `openSync` throws, EEXIST included: a segment is never begun twice */
  constructor(path: string, header: SegmentHeader) {
    this.path = path;
    this.#file = openSync(path, "ax", 0o600);
    this.#write(formatLine(header));
  }

  append(lines: string, records: number): void {
    this.#write(lines);
    this.records += records;
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(text: string): void {
    const bytes = Buffer.from(text);
    this.bytes += bytes.length;
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
  }
}

/** @throws what `readFileSync` throws, and where the file isn't a segment */
export function readSegment(path: string): Segment {
  return parseSegment(readFileSync(path, "utf8"));
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
