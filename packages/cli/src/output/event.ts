/** An audit event as a line of its own. */
import type { RunningStatement } from "@postern/core/api/read";
import { describeEvent, oneLine } from "@postern/core/audit/describe";
import type { AuditEvent } from "@postern/core/audit/event";
import { printableLine } from "@postern/core/printable";
import { padEnd } from "./width.ts";

export function formatEvent(event: AuditEvent): string {
  const user = "user" in event ? event.user : "";
  const database = "db_service" in event ? (event.db_service ?? "") : "";
  return formatLine([event.time, event.code, event.event, user, database, describeEvent(event)]);
}

/** A statement that has no event yet. */
export function formatRunning({ time, user, db_service, db_query }: RunningStatement): string {
  return formatLine([time, "…", "db.session.query", user, db_service, `${oneLine(db_query)} (running)`]);
}

/** Columns that stand below each other as a rule: nobody knows what is to come. */
function formatLine(cells: readonly string[]): string {
  const widths = [24, 6, 20, 8, 8, 0];
  const padded = cells.map((cell, column) => padEnd(printableLine(cell), widths[column] ?? 0));
  return padded.join("  ").trimEnd();
}
