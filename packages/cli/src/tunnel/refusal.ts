import { Fault } from "@postern/core/fault";
import { errorResponse } from "@postern/wire/error-response";
import { encodeBackend } from "@postern/wire/messages/backend";
import { SQLSTATE } from "@postern/wire/sqlstate";

/** The ErrorResponse by which a client shows what it can't know: why there is no connection. */
export function encodeRefusal(error: unknown): Uint8Array {
  const hint = error instanceof Fault ? error.data.hint : undefined;
  return encodeBackend(
    errorResponse({
      severity: "FATAL",
      code: mayNot(error) ? SQLSTATE.invalid_authorization_specification : SQLSTATE.connection_failure,
      message: error instanceof Error ? error.message : String(error),
      ...(hint !== undefined && { hint }),
    }),
  );
}

/** Who may not, apart from what can't be reached. */
function mayNot(error: unknown): boolean {
  return error instanceof Fault && /^(auth|access)\./.test(error.code);
}
