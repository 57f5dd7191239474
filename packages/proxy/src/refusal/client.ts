/** What may be wrong with a client, before anybody is asked about it. */
import { SQLSTATE, type SqlState } from "@postern/wire/sqlstate";
import type { Words } from "./words.ts";

export type ClientProblem =
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
  | { readonly type: "too_many_connections"; readonly limit: number };

const renewHint =
  "log in again with `postern login`, then connect with `postern db connect`, or renew the files with `postern db login`";

export function clientWords(problem: ClientProblem): Words {
  switch (problem.type) {
    case "tls_required":
      return {
        code: SQLSTATE.invalid_authorization_specification,
        message: "this server takes TLS connections only",
        hint: "connect with `postern db connect`; other clients need sslmode=verify-full and the files of `postern db login`, and those that know no TLS `postern db proxy`",
      };
    case "certificate_untrusted":
      return {
        code: SQLSTATE.invalid_authorization_specification,
        message: "the client certificate was not issued by this Postern for database access",
        hint: renewHint,
      };
    case "certificate_expired":
      return {
        code: SQLSTATE.invalid_authorization_specification,
        message: "the client certificate has expired",
        hint: renewHint,
      };
    case "certificate_not_yet_valid":
      return {
        code: SQLSTATE.invalid_authorization_specification,
        message: "the client certificate is not valid yet",
        hint: "compare the clocks of this machine and the server's",
      };
    case "tls_session_resumed":
      return {
        code: SQLSTATE.invalid_authorization_specification,
        message: "a resumed TLS session proves no certificate",
        hint: "turn off TLS session resumption in the client",
      };
    case "token_malformed":
      return {
        code: SQLSTATE.invalid_authorization_specification,
        message: "no client certificate was presented, and the password is not a database token",
        hint: "connect with `postern db connect`, use the files of `postern db login`, or get a password with `postern db token`",
      };
    default:
      return startupWords(problem);
  }
}

type StartupProblem = Extract<
  ClientProblem,
  { type: "replication" | "parameter_invalid" | "protocol" | "handshake_timeout" | "too_many_connections" }
>;

function startupWords(problem: StartupProblem): Words {
  switch (problem.type) {
    case "replication":
      return {
        code: SQLSTATE.feature_not_supported,
        message: "replication connections are not served: their commands could not be audited",
        hint: "connect without the start-up parameter `replication`",
      };
    case "parameter_invalid":
      return {
        code: SQLSTATE.protocol_violation,
        message: `invalid start-up parameter \`${problem.parameter}\``,
        hint: "remove it from the connection's settings",
      };
    case "protocol":
      return {
        code: problem.sqlstate,
        message: problem.message,
        hint: "connect again: this connection can't go on",
      };
    case "handshake_timeout":
      return {
        code: SQLSTATE.protocol_violation,
        message: "the connection's start-up took too long",
        hint: "connect again; a proxy or firewall in between may hold packets back",
      };
    case "too_many_connections":
      return {
        code: SQLSTATE.too_many_connections,
        message: `this proxy's limit of ${problem.limit} connections is reached`,
        hint: "close connections that are idle, or try again later",
      };
  }
}
