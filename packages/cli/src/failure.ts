/** The one table from what went wrong to an exit code and the words on stderr. */
import { Fault, type InputIssue } from "@postern/core/fault";
import { CommanderError } from "commander";
import { note } from "./output/write.ts";
import { exitCodeOf } from "./sql/exit-code.ts";
import { ServerError } from "./sql/server-error.ts";
import { reasonOf, systemCode } from "./system-error.ts";

/** Wrong usage: flags that don't fit together, a value that is missing. Exit code 2. */
export class UsageError extends Error {}

/** The end of a command that has already said what there is to say: psql's own failure, a signal. */
export class ExitError extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** 0 done, 1 refused or failed, 2 wrong usage; of statements that fail, what `sql/exit-code.ts` says. */
export function exitCode(error: unknown): number {
  if (error instanceof ExitError) return error.code;
  if (error instanceof UsageError) return 2;
  if (error instanceof ServerError) return exitCodeOf(error.sqlstate);
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return 1;
}

/** Says on stderr what was refused, where, and what to do next. */
export function report(error: unknown): void {
  if (error instanceof ExitError || error instanceof CommanderError) return; // commander has said it
  for (const line of describe(error)) note(line);
}

function describe(error: unknown): string[] {
  if (error instanceof Fault) {
    const { issues = [], decision_id, hint } = error.data;
    const own = issues.filter((issue) => !isSaid(issue, error.message));
    return [
      `error: ${error.message}`,
      ...own.map(({ path, message }) => (path === "" ? `  ${message}` : `  ${path}: ${message}`)),
      ...line("decision", decision_id),
      ...line("hint", hint),
    ];
  }
  if (error instanceof ServerError) {
    const { message, sqlstate, excerpt, detail, hint, context } = error;
    return [
      `error: ${message} (SQLSTATE ${sqlstate})`,
      ...excerpt,
      ...line("detail", detail),
      ...line("hint", hint),
      ...line("context", context),
    ];
  }
  return [`error: ${describeOther(error)}`];
}

/** Of a system call, what was asked for and why it was refused. */
function describeOther(error: unknown): string {
  const path = error instanceof Error && "path" in error ? error.path : undefined;
  if (typeof path === "string" && systemCode(error) !== undefined) return `${path}: ${reasonOf(error)}`;
  return error instanceof Error ? error.message : String(error);
}

/** Messages about a file hold its issues, each with its line. */
function isSaid({ path, message }: InputIssue, text: string): boolean {
  return text.includes(message) && text.includes(path);
}

function line(title: string, text: string | undefined): string[] {
  return text === undefined ? [] : [`${title}: ${text}`];
}
