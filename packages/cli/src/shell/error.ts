import type { ServerError } from "../sql/server-error.ts";

/** An ErrorResponse in psql's words. */
export function formatServerError({
  severity,
  message,
  excerpt,
  detail,
  hint,
  context,
}: ServerError): string[] {
  return [
    `${severity}:  ${message}`,
    ...excerpt,
    ...(detail === undefined ? [] : [`DETAIL:  ${detail}`]),
    ...(hint === undefined ? [] : [`HINT:  ${hint}`]),
    ...(context === undefined ? [] : [`CONTEXT:  ${context}`]),
  ];
}
