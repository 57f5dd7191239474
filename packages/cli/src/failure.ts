/** The one table from what went wrong to an exit code and the words on stderr. */
import { Fault } from "@postern/core/fault";
import { CommanderError } from "commander";
import { printable } from "./output.ts";

/** Wrong usage: flags that don't fit together, a value that is missing. Exit code 2. */
export class UsageError extends Error {}

/** A command that ran another program, or that failed and has already said so, ends with its own code. */
export class ExitError extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** 0 done, 1 refused or failed, 2 wrong usage. */
export function exitCode(error: unknown): number {
  if (error instanceof ExitError) return error.code;
  if (error instanceof UsageError) return 2;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return 1;
}

/** Says on stderr what was refused, where, and what to do next. */
export function report(error: unknown): void {
  if (error instanceof ExitError) return;
  for (const line of describe(error)) process.stderr.write(`${printable(line)}\n`);
}

function describe(error: unknown): string[] {
  if (!(error instanceof Fault)) return [`error: ${error instanceof Error ? error.message : String(error)}`];
  const issues = (error.data.issues ?? []).map((issue) => {
    const place = issue.line === undefined ? "" : `${issue.line}:${issue.column ?? 1}: `;
    return `  ${place}${issue.path === "" ? "" : `${issue.path}: `}${issue.message}`;
  });
  const hint = error.data.hint === undefined ? [] : [`hint: ${error.data.hint}`];
  return [`error: ${error.message}`, ...issues, ...hint];
}
