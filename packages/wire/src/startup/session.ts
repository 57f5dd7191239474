import type { ErrorResponse } from "../messages/backend/error-response.ts";
import { encodeNegotiateProtocolVersion } from "../messages/backend/negotiate-protocol-version.ts";
import type { StartupMessage } from "../messages/frontend/startup-message.ts";
import { close, type StartupEffect, type StartupStep } from "./phase.ts";
import { LONG_NAME, NO_USER } from "./refusal.ts";
import { negotiate } from "./version.ts";

/** PostgreSQL's NAMEDATALEN, without the NUL. */
const NAME_MAX = 63;

/** Hands out a session request, once it names who and where and the version is settled. */
export function openSession(message: StartupMessage, secure: boolean, unread: Uint8Array): StartupStep {
  const user = message.parameters.get("user") ?? "";
  // An empty name counts as none, as in PostgreSQL.
  const database = message.parameters.get("database") || user;
  const refusal = refuseNames(user, database);
  if (refusal !== undefined) return close(refusal);

  const { version, reply } = negotiate(message);
  const effects: StartupEffect[] = [];
  if (reply !== undefined) effects.push({ type: "send", bytes: encodeNegotiateProtocolVersion(reply) });
  effects.push({ type: "startup", message, version, user, database, secure, unread });
  return { phase: { type: "over" }, effects };
}

function refuseNames(user: string, database: string): ErrorResponse | undefined {
  if (user === "") return NO_USER;
  // PostgreSQL cuts longer names: the session would be another one than was judged.
  if (Math.max(Buffer.byteLength(user), Buffer.byteLength(database)) > NAME_MAX) return LONG_NAME;
  return undefined;
}
