import { recordLimits, type StatementOutcome } from "@postern/core/audit/record";
import { errorField } from "@postern/wire/error-response";
import type { ErrorResponse } from "@postern/wire/messages/backend/error-response";

/** SQLSTATE and message: no DETAIL, which may quote rows. */
export function errorOutcome(
  response: ErrorResponse | undefined,
): Pick<StatementOutcome, "sqlstate" | "error"> {
  if (response === undefined) return { error: "the error was too long to be kept" };
  const sqlstate = errorField(response, "C");
  const error = errorField(response, "M") ?? "";
  return {
    ...(sqlstate !== undefined && /^[0-9A-Z]{5}$/.test(sqlstate) && { sqlstate }),
    error: error.slice(0, recordLimits.errorBytes).toWellFormed(),
  };
}
