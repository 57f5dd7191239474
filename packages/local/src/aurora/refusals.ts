/** What RDS says to those whom it doesn't let in, word for word as PostgreSQL has it (its source: auth.c). */
import { errorResponse } from "@postern/wire/error-response";
import type { ErrorResponse } from "@postern/wire/messages/backend/error-response";
import { SQLSTATE } from "@postern/wire/sqlstate";

export interface Claim {
  readonly user: string;
  readonly database: string;
  /** The client's address. */
  readonly host: string;
}

/** Clients without TLS: rds.force_ssl leaves no line in pg_hba.conf for them. */
export function noEncryption({ user, database, host }: Claim): ErrorResponse {
  const who = `host "${host}", user "${user}", database "${database}"`;
  return refusal(`no pg_hba.conf entry for ${who}, no encryption`);
}

/** Whatever is wrong with the token. */
export function pamFailed({ user }: Claim): ErrorResponse {
  return refusal(`PAM authentication failed for user "${user}"`);
}

/** The real server can't be reached; PostgreSQL itself would not answer at all. */
export const serverGone: ErrorResponse = errorResponse({
  severity: "FATAL",
  code: SQLSTATE.cannot_connect_now,
  message: "the database system is not running",
});

function refusal(message: string): ErrorResponse {
  return errorResponse({ severity: "FATAL", code: SQLSTATE.invalid_authorization_specification, message });
}
