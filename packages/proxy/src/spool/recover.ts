/** What a dead process left: its sessions get their end and their records are sent. */
import { readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { AuditRecord, SessionEnd } from "@postern/core/audit/record";
import { parseSegment, parseSegmentFileName, type Segment } from "./segment.ts";
import { draftSuffix, readSegment, replaceSegment } from "./segment-file.ts";
import type { ClosedSegment } from "./session-spool.ts";

/** What an earlier process left. */
export interface Recovered {
  /** All closed, those of a session in their order; the last of each holds its session's end. */
  readonly segments: readonly ClosedSegment[];
  /** Files that can't be read as what they are named: kept for a person to look at, under another name. */
  readonly unreadable: readonly string[];
}

/**
 * To be called before any session of this process begins.
 * @param now of the sessions' end, milliseconds since 1970
 */
export function recoverSegments(folder: string, now: number): Recovered {
  const sessions = new Map<string, ClosedSegment[]>();
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const parsed = parseSegmentFileName(name);
    if (parsed) {
      const segment = { ...parsed, path, bytes: statSync(path).size };
      sessions.set(parsed.sid, [...(sessions.get(parsed.sid) ?? []), segment]);
    } else if (name.endsWith(draftSuffix)) rmSync(path);
  }
  const unreadable: string[] = [];
  const segments = [...sessions.values()].flatMap((all) => {
    const ordered = all.sort((a, b) => a.chunk - b.chunk);
    const last = ordered.at(-1);
    if (last === undefined || tryEndSession(last.path, now)) return ordered;
    unreadable.push(last.path);
    return ordered.slice(0, -1);
  });
  return { segments, unreadable };
}

/** False when the file isn't what it should be; it is out of the way then. */
function tryEndSession(path: string, now: number): boolean {
  try {
    endSession(path, now);
    return true;
  } catch {
    renameSync(path, `${path}.unreadable`);
    return false;
  }
}

/** Completes the last segment; also drops its torn line, so that the file is what will be sent. */
function endSession(path: string, now: number): void {
  const segment = readSegment(path, parseSegment);
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
