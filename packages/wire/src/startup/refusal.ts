import { errorResponse, protocolErrorResponse } from "../error-response.ts";
import type { ProtocolError } from "../errors.ts";
import type { ErrorResponse } from "../messages/backend/error-response.ts";
import { SQLSTATE } from "../sqlstate.ts";

/** Bytes in clear where TLS was to begin: a broken client, or somebody in the middle (CVE-2021-23214). */
export const UNENCRYPTED_DATA = errorResponse({
  severity: "FATAL",
  code: SQLSTATE.protocol_violation,
  message: "received unencrypted data after an encryption request",
  detail: "this could be a bug in the client or evidence of an attempted man-in-the-middle attack",
});

export const REPEATED_REQUEST = errorResponse({
  severity: "FATAL",
  code: SQLSTATE.protocol_violation,
  message: "encryption has been negotiated already",
});

export const TLS_REQUIRED = errorResponse({
  severity: "FATAL",
  code: SQLSTATE.invalid_authorization_specification,
  message: "this server accepts encrypted connections only",
  hint: "connect with TLS: sslmode=verify-full in psql and other clients of libpq",
});

export const NO_USER = errorResponse({
  severity: "FATAL",
  code: SQLSTATE.invalid_authorization_specification,
  message: "no PostgreSQL user name specified in startup packet",
});

export const LONG_NAME = errorResponse({
  severity: "FATAL",
  code: SQLSTATE.invalid_authorization_specification,
  message: "user and database names have at most 63 bytes",
});

/** What a sender of broken bytes is told. One whose length makes no sense may speak any protocol: nothing, as from PostgreSQL. */
export function refusalOf(error: ProtocolError): ErrorResponse | undefined {
  if (error.code === "length.invalid" || error.code === "message.too_long") return undefined;
  return protocolErrorResponse(error);
}
