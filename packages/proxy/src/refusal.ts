/**
 * Everything that the proxy refuses or ends, and what the person at psql is told of it: SQLSTATE, what was refused,
 * why as far as they may know, and what to do next. The one table; GUIDE, "When it goes wrong", is its source.
 */
import { type ErrorReport, errorResponse } from "@postern/wire/error-response";
import { encodeBackend } from "@postern/wire/messages/backend";
import { SQLSTATE, type SqlState } from "@postern/wire/sqlstate";

export type RefusalCause =
  | { readonly type: "tls_required" }
  | { readonly type: "certificate_untrusted" }
  | { readonly type: "certificate_expired" }
  | { readonly type: "certificate_not_yet_valid" }
  | { readonly type: "tls_session_resumed" }
  | { readonly type: "token_malformed" }
  | { readonly type: "replication" }
  | { readonly type: "parameter_invalid"; readonly parameter: string }
  | { readonly type: "protocol"; readonly sqlstate: SqlState; readonly message: string }
  | { readonly type: "handshake_timeout" }
  | { readonly type: "too_many_connections"; readonly limit: number }
  | { readonly type: "denied"; readonly sqlstate: string; readonly message: string; readonly hint: string }
  | { readonly type: "control_plane_unreachable" }
  | {
      readonly type: "control_plane_failed";
      readonly message: string;
      readonly decisionId?: string | undefined;
    }
  | { readonly type: "database_unreachable"; readonly address: string; readonly problem: string }
  | { readonly type: "database_certificate"; readonly address: string; readonly problem: string }
  | { readonly type: "database_no_tls"; readonly address: string }
  | { readonly type: "database_common_name"; readonly address: string }
  | { readonly type: "database_refused_token"; readonly dbUser: string; readonly decisionId: string }
  | { readonly type: "database_refused"; readonly sqlstate: string; readonly message: string }
  | { readonly type: "database_protocol"; readonly problem: string }
  | { readonly type: "database_closed" }
  | { readonly type: "access_ended"; readonly reason: string }
  | { readonly type: "proxy_stopping" }
  | { readonly type: "audit_unavailable" };

/** Ends a connection: thrown by any step of a session, told to the client at one place. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reason: RefusalCause;

  constructor(reason: RefusalCause, cause?: unknown) {
    super(reason.type, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

const renewHint =
  "log in again with `postern login`, then connect with `postern db connect`, or renew the files with `postern db login`";

/** What the client is told. */
export function reportOf(cause: RefusalCause): ErrorReport {
  const { code, message, hint } = wordsFor(cause);
  return { severity: "FATAL", code, message, hint };
}

/** The whole ErrorResponse message. */
export function encodeRefusal(cause: RefusalCause): Uint8Array {
  return encodeBackend(errorResponse(reportOf(cause)));
}

type Words = { readonly code: SqlState; readonly message: string; readonly hint: string };

function words(code: SqlState, message: string, hint: string): Words {
  return { code, message, hint };
}

function wordsFor(cause: RefusalCause): Words {
  const state = SQLSTATE;
  switch (cause.type) {
    case "tls_required":
      return words(
        state.invalid_authorization_specification,
        "this server takes TLS connections only",
        "connect with `postern db connect`, or set sslmode=verify-full",
      );
    case "certificate_untrusted":
      return words(
        state.invalid_authorization_specification,
        "the client certificate was not issued by this Postern for database access",
        renewHint,
      );
    case "certificate_expired":
      return words(
        state.invalid_authorization_specification,
        "the client certificate has expired",
        renewHint,
      );
    case "certificate_not_yet_valid":
      return words(
        state.invalid_authorization_specification,
        "the client certificate is not valid yet",
        "compare the clocks of this machine and the server's",
      );
    case "tls_session_resumed":
      return words(
        state.invalid_authorization_specification,
        "a resumed TLS session proves no certificate",
        "turn off TLS session resumption in the client",
      );
    case "token_malformed":
      return words(
        state.invalid_authorization_specification,
        "neither a client certificate nor a database token was presented",
        "connect with `postern db connect`, or get a password with `postern db token`",
      );
    case "replication":
      return words(
        state.feature_not_supported,
        "replication connections are not served: their commands could not be audited",
        "connect without the start-up parameter `replication`",
      );
    case "parameter_invalid":
      return words(
        state.protocol_violation,
        `invalid start-up parameter \`${cause.parameter}\``,
        "remove it from the connection's settings",
      );
    case "protocol":
      return words(cause.sqlstate, cause.message, "the connection can't go on; connect again");
    case "handshake_timeout":
      return words(
        state.protocol_violation,
        "the connection's start-up took too long",
        "connect again; a proxy or firewall in between may hold packets back",
      );
    case "too_many_connections":
      return words(
        state.too_many_connections,
        `the limit of ${cause.limit} connections is reached`,
        "close idle connections, or try again later",
      );
    case "denied":
      return words(knownSqlstate(cause.sqlstate), cause.message, cause.hint);
    case "control_plane_unreachable":
      return words(
        state.cannot_connect_now,
        "Postern's control plane can't be reached, so no new session can be opened",
        "try again; open sessions go on",
      );
    case "control_plane_failed":
      return words(
        state.connection_failure,
        `the session couldn't be opened: ${cause.message}${decision(cause.decisionId)}`,
        "an administrator finds the reason in the control plane's log and at /v1/health",
      );
    case "database_unreachable":
      return words(
        state.sqlclient_unable_to_establish_sqlconnection,
        `the database at ${cause.address} can't be reached: ${cause.problem}`,
        "does its security group admit the proxy, and is the address right?",
      );
    case "database_certificate":
      return words(
        state.connection_failure,
        `the certificate of the database at ${cause.address} can't be trusted: ${cause.problem}`,
        "an administrator should check the database's `tls` settings: the certificate must name the address and come from the CA given there",
      );
    case "database_no_tls":
      return words(
        state.connection_failure,
        `the database at ${cause.address} doesn't offer TLS, and nothing is sent without it`,
        "an administrator should turn TLS on there",
      );
    case "database_common_name":
      return words(
        state.connection_failure,
        `the certificate of the database at ${cause.address} has a Common Name and no subject alternative name`,
        "it dates from before July 2020: an administrator should rotate the database's certificate (rds-ca-rsa2048-g1 or later)",
      );
    case "database_refused_token":
      return words(
        state.invalid_password,
        `the database refused the IAM token for user "${cause.dbUser}"${decision(cause.decisionId)}`,
        `is rds_iam granted to "${cause.dbUser}"? does the IAM policy name the cluster's resource id?`,
      );
    case "database_refused":
      return words(
        knownSqlstate(cause.sqlstate),
        `the database refused the connection: ${cause.message}`,
        "the database itself said so; an administrator finds more in its log",
      );
    case "database_protocol":
      return words(
        state.connection_failure,
        `the database broke the protocol: ${cause.problem}`,
        "an administrator should check that a PostgreSQL server answers at its address",
      );
    case "database_closed":
      return words(
        state.connection_failure,
        "the database closed the connection",
        "connect again; what a statement then running did is not known",
      );
    case "access_ended":
      return words(
        state.admin_shutdown,
        `terminating connection: ${cause.reason}`,
        "`postern status` shows the login session, `postern db ls` what is allowed",
      );
    case "proxy_stopping":
      return words(state.admin_shutdown, "terminating connection: the proxy is stopping", "connect again");
    case "audit_unavailable":
      return words(
        state.internal_error,
        "terminating connection: its statements can't be recorded any more",
        "an administrator finds the reason in the proxy's log",
      );
  }
}

function decision(id: string | undefined): string {
  return id === undefined ? "" : ` (decision ${id})`;
}

/** Others' SQLSTATEs, where PostgreSQL's manual has them; else the general one of a refused connection. */
function knownSqlstate(text: string): SqlState {
  const known = Object.values(SQLSTATE).find((each) => each === text);
  return known ?? SQLSTATE.sqlserver_rejected_establishment_of_sqlconnection;
}
