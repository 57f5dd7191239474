/** What a dead process left: its sessions get their end and their records are sent. */
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { AuditRecord, SessionEnd } from "@postern/core/audit/record";
import { parseSegmentFileName, type Segment, segmentFileName } from "./segment.ts";
import { readSegment, replaceSegment } from "./segment-file.ts";
import type { ClosedSegment } from "./session-spool.ts";

/**
 * The segments in the folder, all closed, those of a session in their order; the last of each session holds its end.
 * To be called before any session of this process begins.
 * @param now of the end, milliseconds since 1970
 */
export function recoverSegments(folder: string, now: number): ClosedSegment[] {
  const sessions = new Map<string, number[]>();
  for (const name of readdirSync(folder)) {
    const parsed = parseSegmentFileName(name);
    if (parsed) sessions.set(parsed.sid, [...(sessions.get(parsed.sid) ?? []), parsed.chunk]);
    else rmSync(join(folder, name), { recursive: true });
  }
  return [...sessions].flatMap(([sid, chunks]) => {
    const segments = chunks
      .sort((a, b) => a - b)
      .map((chunk) => ({ sid, chunk, path: join(folder, segmentFileName(sid, chunk)) }));
    const last = segments.at(-1);
    if (last) endSession(last.path, now);
    return segments.map((segment) => ({ ...segment, bytes: statSync(segment.path).size }));
  });
}

/** Completes the last segment; also drops its torn line, so that the file is what will be sent. */
function endSession(path: string, now: number): void {
  const segment = readSegment(path);
  const isEnded = segment.records.at(-1)?.type === "end";
  const records = isEnded ? segment.records : [...segment.records, lostEnd(segment, now)];
  replaceSegment(path, { header: segment.header, records });
}

function lostEnd({ header, records }: Segment, now: number): SessionEnd {
  const failed = records.filter((record) => record.type === "outcome" && !record.success);
  return {
    type: "end",
    ei: Math.max(header.next_ei, ...records.map((record) => eiOf(record) + 1)),
    time: now,
    reason: "proxy_lost",
    statements: header.statements + records.filter((record) => record.type === "begin").length,
    errors: header.errors + failed.length,
    bytes_in: header.bytes_in,
    bytes_out: header.bytes_out,
  };
}

function eiOf(record: AuditRecord): number {
  return record.type === "connected" ? 0 : record.ei;
}
