import { join } from "node:path";
import { type AuditRecord, recordLimits } from "@postern/core/audit/record";
import { formatLine, segmentFileName } from "./segment.ts";
import { SegmentFile } from "./segment-file.ts";
import type { Tally } from "./tally.ts";

/** Half of what a chunk may hold: texts of single statements are put in before it is sent. */
const segmentBytes = recordLimits.chunkBytes / 2;

/** A closed segment: what is to be sent as chunk `chunk`. */
export interface ClosedSegment {
  readonly sid: string;
  readonly chunk: number;
  readonly path: string;
  readonly bytes: number;
}

/** A live session's part of the spool: one open segment at all times, and the closed ones before it. */
export class SessionSpool {
  readonly sid: string;
  readonly #folder: string;
  readonly #tally: Tally;
  readonly #onClosed: (segment: ClosedSegment) => void;
  #chunk = 0;
  #open: SegmentFile;

  constructor(folder: string, sid: string, tally: Tally, onClosed: (segment: ClosedSegment) => void) {
    this.sid = sid;
    this.#folder = folder;
    this.#tally = tally;
    this.#onClosed = onClosed;
    this.#open = this.#begin(0);
  }

  /**
   * Keeps the records, in order; on return they outlive the process. @throws what the file system throws: what they
   * tell of must not happen then
   */
  append(records: readonly AuditRecord[]): void {
    let lines = "";
    let bytes = 0;
    let count = 0;
    for (const record of records) {
      const line = formatLine(record);
      const lineBytes = Buffer.byteLength(line);
      if (this.#isFull(bytes + lineBytes, count + 1)) {
        if (count > 0) this.#open.append(lines, count);
        this.rotate();
        lines = "";
        bytes = 0;
        count = 0;
      }
      lines += line;
      bytes += lineBytes;
      count += 1;
    }
    if (count > 0) this.#open.append(lines, count);
  }

  /**
   * Closes the open segment, unless it is empty, and begins the next. @throws what the file system throws: the open
   * segment then stays open
   */
  rotate(): void {
    if (this.#open.records === 0) return;
    const closed = this.#open;
    const chunk = this.#chunk;
    this.#open = this.#begin(chunk + 1);
    this.#chunk = chunk + 1;
    closed.close();
    this.#onClosed({ sid: this.sid, chunk, path: closed.path, bytes: closed.bytes });
  }

  /** Nothing follows: closes the last segment. */
  finish(): void {
    this.#open.close();
    const { path, bytes } = this.#open;
    this.#onClosed({ sid: this.sid, chunk: this.#chunk, path, bytes });
  }

  #isFull(bytes: number, records: number): boolean {
    const open = this.#open;
    if (open.records + records <= 1) return false;
    return open.bytes + bytes > segmentBytes || open.records + records > recordLimits.recordsPerChunk;
  }

  #begin(chunk: number): SegmentFile {
    const path = join(this.#folder, segmentFileName(this.sid, chunk));
    return new SegmentFile(path, { type: "segment", ...this.#tally });
  }
}
