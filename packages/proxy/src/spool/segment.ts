/**
 * A segment is one file of a session's spool: a header line, then a record a line. Segment n of a session is chunk n
 * at the control plane, so what a chunk holds is fixed before it is first sent, and a crash changes nothing of it.
 */
import { AuditRecord } from "@postern/core/audit/record";
import { z } from "zod";
import { startTally } from "./tally.ts";

const Count = z.int().min(0);

/** What the session had come to when the segment was begun: enough to end it properly should the process die. */
export const SegmentHeader = z.strictObject({
  type: z.literal("segment"),
  next_ei: z.int().min(1),
  statements: Count,
  errors: Count,
  bytes_in: Count,
  bytes_out: Count,
});
export type SegmentHeader = z.infer<typeof SegmentHeader>;

const fileName = /^([A-Za-z0-9_-]{1,64})\.(\d{1,9})\.jsonl$/;

/** @throws Error for a session id that no file could be named by: it came from the control plane, and is its mistake */
export function segmentFileName(sid: string, chunk: number): string {
  const name = `${sid}.${chunk}.jsonl`;
  if (!fileName.test(name)) throw new Error(`no file can be named by the session id ${JSON.stringify(sid)}`);
  return name;
}

export function parseSegmentFileName(
  name: string,
): { readonly sid: string; readonly chunk: number } | undefined {
  const [, sid, chunk] = fileName.exec(name) ?? [];
  return sid === undefined ? undefined : { sid, chunk: Number(chunk) };
}

export interface Segment {
  readonly header: SegmentHeader;
  readonly records: readonly AuditRecord[];
}

/**
 * A segment's text. The last line may be torn, by the end of its process: it was never whole, so what it told of had
 * not left. @throws for anything else that we didn't write
 */
export function parseSegment(text: string): Segment {
  const lines = text.split("\n");
  lines.pop();
  const [header, ...records] = lines.map((line): unknown => JSON.parse(line));
  return {
    header: header === undefined ? { type: "segment", ...startTally() } : SegmentHeader.parse(header),
    records: records.map((record) => AuditRecord.parse(record)),
  };
}

/**
 * A segment's text again, as its own process wrote it: that isn't judged twice, and the control plane judges whatever
 * it is sent. @throws SyntaxError where a line isn't whole
 */
export function reparseSegment(text: string): Segment {
  const [header, ...records] = text
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  return { header, records } as Segment; // ours: see above
}

export function formatLine(value: SegmentHeader | AuditRecord): string {
  return `${JSON.stringify(value)}\n`;
}
