/**
 * Everything that the proxy refuses or ends, and what the person at psql is told of it. GUIDE, "When it goes wrong", is
 * the source of the words.
 */
import { type ErrorReport, errorResponse } from "@postern/wire/error-response";
import { encodeBackend } from "@postern/wire/messages/backend";
import { type ClientProblem, clientWords } from "./client.ts";
import { type ControlPlaneProblem, controlPlaneWords } from "./control-plane.ts";
import { type DatabaseProblem, databaseWords } from "./database.ts";
import { type Ending, endingWords } from "./ending.ts";
import type { Words } from "./words.ts";

export type RefusalCause = ClientProblem | ControlPlaneProblem | DatabaseProblem | Ending;

/** Ends a connection: thrown by any step of a session, told to the client at one place. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reason: RefusalCause;

  constructor(reason: RefusalCause, cause?: unknown) {
    super(reason.type, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** What the client is told. */
export function reportOf(cause: RefusalCause): ErrorReport {
  return { severity: "FATAL", ...wordsFor(cause) };
}

/** The whole ErrorResponse message. */
export function encodeRefusal(cause: RefusalCause): Uint8Array {
  return encodeBackend(errorResponse(reportOf(cause)));
}

function wordsFor(cause: RefusalCause): Words {
  switch (cause.type) {
    case "denied":
    case "control_plane_unreachable":
    case "control_plane_failed":
      return controlPlaneWords(cause);
    case "database_unreachable":
    case "database_no_tls":
    case "database_certificate":
    case "database_common_name":
    case "database_asked_password":
    case "database_refused_token":
    case "database_refused":
    case "database_protocol":
    case "database_closed":
      return databaseWords(cause);
    case "access_ended":
    case "idle_too_long":
    case "proxy_stopping":
    case "audit_unavailable":
      return endingWords(cause);
    default:
      return clientWords(cause);
  }
}
