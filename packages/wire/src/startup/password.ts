import { concat } from "../bytes.ts";
import type { CString } from "../cstring.ts";
import { errorResponse, protocolErrorResponse } from "../error-response.ts";
import { ProtocolError } from "../errors.ts";
import { AUTHENTICATION_LIMIT, bodyOf, type FramePolicy } from "../frame.ts";
import { Framer } from "../framer.ts";
import type { ErrorResponse } from "../messages/backend/error-response.ts";
import { decodePasswordMessage } from "../messages/frontend/authentication-response.ts";
import { FRONTEND_TAG } from "../messages/frontend/tag.ts";
import { SQLSTATE } from "../sqlstate.ts";

/** While a password is awaited, nothing else is heard. */
export const PASSWORD_POLICY: FramePolicy = {
  kind: "typed",
  rule: (tag) =>
    tag === FRONTEND_TAG.PasswordMessage
      ? { type: "assemble", limit: AUTHENTICATION_LIMIT }
      : { type: "refuse" },
};

export type PasswordStep =
  /** Not whole yet: to be given again before the bytes that come next. */
  | { readonly type: "partial"; readonly unread: Uint8Array }
  /** `unread` came behind the message. */
  | { readonly type: "password"; readonly password: CString; readonly unread: Uint8Array }
  | { readonly type: "refused"; readonly error: ErrorResponse };

/**
 * Collects the PasswordMessage that answers AuthenticationCleartextPassword.
 * @param unread what the step before left, or start-up
 */
export function collectPassword(unread: Uint8Array, bytes: Uint8Array): PasswordStep {
  const all = concat(unread, bytes);
  try {
    return readPassword(all);
  } catch (error) {
    if (error instanceof ProtocolError) return { type: "refused", error: protocolErrorResponse(error) };
    throw error;
  }
}

function readPassword(bytes: Uint8Array): PasswordStep {
  const framer = new Framer(PASSWORD_POLICY);
  framer.push(bytes);
  const frame = framer.next();
  if (frame?.type !== "message") return { type: "partial", unread: bytes };
  const { password } = decodePasswordMessage(bodyOf(frame));
  if (password.bytes.length === 0) return { type: "refused", error: EMPTY_PASSWORD };
  return { type: "password", password, unread: framer.takeRest() };
}

const EMPTY_PASSWORD = errorResponse({
  severity: "FATAL",
  code: SQLSTATE.invalid_password,
  message: "empty password returned by client",
});
