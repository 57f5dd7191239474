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
  return readLines(database, from).filter((line) => line.pid === pid);
}

/** Whether a backend crashed since: of its own fault, for nothing that a client sends may make it. */
export function hasCrashed(database: Database, from: number): boolean {
  return readLines(database, from).some(({ message }) => /was terminated by signal (6|11):/.test(message));
}

function readLines(database: Database, from: number): LogLine[] {
  const bytes = Buffer.alloc(logEnd(database) - from);
  const file = openSync(pathOf(database), "r");
  readSync(file, bytes, 0, bytes.length, from);
  closeSync(file);
  return bytes
    .toString("utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => LogLine.parse(JSON.parse(line)));
}
