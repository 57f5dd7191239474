/** What PostgreSQL, or the proxy in its place, answered with an ErrorResponse. */
import { errorField } from "@postern/wire/error-response";
import type { ErrorResponse } from "@postern/wire/messages/backend/error-response";
import { excerpt } from "./excerpt.ts";

export class ServerError extends Error {
  /** Five characters of the manual's appendix A. */
  readonly sqlstate: string;
  /** `ERROR` ends the statement, `FATAL` and `PANIC` the session. */
  readonly severity: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  /** Where it happened, as a call stack. */
  readonly context: string | undefined;
  /** The line of the statement that it is about, and below it a mark; none where the server doesn't say. */
  readonly excerpt: readonly string[];

  constructor(message: string, sqlstate: string, more: ServerErrorDetail = {}) {
    super(message);
    this.sqlstate = sqlstate;
    this.severity = more.severity ?? "ERROR";
    this.detail = more.detail;
    this.hint = more.hint;
    this.context = more.context;
    this.excerpt = more.excerpt ?? [];
  }
}

export type ServerErrorDetail = {
  readonly [K in "severity" | "detail" | "hint" | "context" | "excerpt"]?: ServerError[K] | undefined;
};

/** Servers may leave out any field. @param text what the server was sent, which positions count in */
export function serverError(response: ErrorResponse, text: string): ServerError {
  const message = errorField(response, "M") ?? "the server gave no message";
  return new ServerError(message, errorField(response, "C") ?? "XX000", {
    severity: errorField(response, "V") ?? errorField(response, "S"),
    detail: errorField(response, "D"),
    hint: errorField(response, "H"),
    context: errorField(response, "W"),
    excerpt: excerpt(text, Number(errorField(response, "P"))),
  });
}
