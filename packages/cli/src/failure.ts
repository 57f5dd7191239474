/** The one table from what went wrong to an exit code and the words on stderr. */
import { Fault, type InputIssue } from "@postern/core/fault";
import { CommanderError } from "commander";
import { note } from "./output/write.ts";

/** Wrong usage: flags that don't fit together, a value that is missing. Exit code 2. */
export class UsageError extends Error {}

/** What PostgreSQL, or the proxy in its place, answered with an ErrorResponse. */
export class ServerError extends Error {
  /** Five characters of the manual's appendix A. */
  readonly sqlstate: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;

  constructor(
    message: string,
    sqlstate: string,
    more: { detail?: string | undefined; hint?: string | undefined },
  ) {
    super(message);
    this.sqlstate = sqlstate;
    this.detail = more.detail;
    this.hint = more.hint;
  }
}

/** The end of a command that has already said what there is to say: psql's own failure, a signal. */
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
    const { message, sqlstate, detail, hint } = error;
    return [`error: ${message} (SQLSTATE ${sqlstate})`, ...line("detail", detail), ...line("hint", hint)];
  }
  return [`error: ${error instanceof Error ? error.message : String(error)}`];
}

/** Messages about a file hold its issues, each with its line. */
function isSaid({ path, message }: InputIssue, text: string): boolean {
  return text.includes(message) && text.includes(path);
}

function line(title: string, text: string | undefined): string[] {
  return text === undefined ? [] : [`${title}: ${text}`];
}
