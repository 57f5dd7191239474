/** PostgreSQL's own log of what it ran: the one witness that no proxy could have talked to. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { z } from "zod";
import type { Database } from "./stage.ts";

const LogLine = z.looseObject({
  pid: z.int().optional(),
  error_severity: z.string().optional(),
  state_code: z.string().optional(),
  message: z.string().default(""),
  detail: z.string().optional(),
  statement: z.string().optional(),
});
export type LogLine = z.infer<typeof LogLine>;

const pathOf = ({ aurora }: Database): string => aurora.postgres.statementLog ?? "";

/** A place in the log: what is logged from now on stands behind it. */
export function logEnd(database: Database): number {
  return statSync(pathOf(database)).size;
}

/** The lines of one backend from a place in the log on, as far as they are whole. */
export function logLines(database: Database, from: number, pid: number): LogLine[] {
  const bytes = Buffer.alloc(logEnd(database) - from);
  const file = openSync(pathOf(database), "r");
  readSync(file, bytes, 0, bytes.length, from);
  closeSync(file);
  return bytes
    .toString("utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => LogLine.parse(JSON.parse(line)))
    .filter((line) => line.pid === pid);
}
