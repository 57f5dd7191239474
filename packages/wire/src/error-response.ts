import { CString } from "./cstring.ts";
import type { ProtocolError } from "./errors.ts";
import type { ErrorField, ErrorResponse, NoticeResponse } from "./messages/backend/error-response.ts";
import type { SqlState } from "./sqlstate.ts";

/** What a person is to be told. Lower case, no full stop, no secrets; `hint` says what to do next. */
export type ErrorReport = {
  /** FATAL ends the session, ERROR the statement. */
  readonly severity: "ERROR" | "FATAL";
  readonly code: SqlState;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
};

/** An ErrorResponse with every mandatory field: S and V (severity, shown and fixed), C and M; D and H where given. */
export function errorResponse({ severity, code, message, detail, hint }: ErrorReport): ErrorResponse {
  const fields = [field("S", severity), field("V", severity), field("C", code), field("M", message)];
  if (detail !== undefined) fields.push(field("D", detail));
  if (hint !== undefined) fields.push(field("H", hint));
  return { type: "ErrorResponse", fields };
}

/** The end of a session whose client broke the protocol. */
export function protocolErrorResponse(error: ProtocolError): ErrorResponse {
  return errorResponse({ severity: "FATAL", code: error.sqlstate, message: error.message });
}

/** The first field of that type as text, or undefined: a server may leave out any of them. */
export function errorField(response: ErrorResponse | NoticeResponse, letter: string): string | undefined {
  return response.fields.find((field) => field.letter === letter)?.value.utf8;
}

function field(letter: string, text: string): ErrorField {
  // A refusal must not fail over a NUL in a name that it quotes.
  return { letter, value: CString.from(text.replaceAll("\0", "")) };
}
