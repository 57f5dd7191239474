/** How this PostgreSQL is configured: run-time settings on the command line, client authentication in pg_hba.conf. */
import { join } from "node:path";
import type { Place } from "./place.ts";

export interface Settings {
  readonly port: number;
  readonly socketDir: string;
  /** Write every statement to PostgreSQL's own log, as JSON lines. */
  readonly logStatements: boolean;
}

/**
 * pg_hba.conf, first match wins. The Unix socket lies in a 0700 folder that only the stand-in Aurora is told of; even there
 * only members of `rds_iam` are let in without a password, because the stand-in has checked their IAM token.
 * Over TCP there is no way in without TLS and a password.
 */
export const clientAuthentication = `# TYPE   DATABASE  USER      ADDRESS       METHOD
local    all       +rds_iam                trust
local    all       all                     scram-sha-256
hostssl  all       all       127.0.0.1/32  scram-sha-256
`;

/** The arguments that run the server; `-D` comes first, because that is how an orphan is recognised. */
export function serverArguments(place: Place, settings: Settings): string[] {
  const values = { ...baseSettings(place, settings), ...logSettings(place, settings.logStatements) };
  return ["-D", place.data, ...Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}

function baseSettings(place: Place, settings: Settings): Record<string, string> {
  return {
    listen_addresses: "127.0.0.1",
    port: String(settings.port),
    unix_socket_directories: `"${settings.socketDir}"`, // a list, whose items may be quoted
    unix_socket_permissions: "0700",
    hba_file: join(place.config, "pg_hba.conf"),
    ssl: "on",
    ssl_min_protocol_version: "TLSv1.2",
    ssl_cert_file: join(place.config, "server.crt"),
    ssl_key_file: join(place.config, "server.key"),
    password_encryption: "scram-sha-256",
    timezone: "UTC",
    log_timezone: "UTC",
  };
}

/** Texts of statements belong in the audit log: PostgreSQL's own gets them only where a test compares the two. */
function logSettings(place: Place, logStatements: boolean): Record<string, string> {
  if (!logStatements) return { log_min_error_statement: "panic" };
  return {
    log_statement: "all",
    log_destination: "jsonlog",
    logging_collector: "on",
    log_directory: place.statements,
    log_filename: "statements",
    log_file_mode: "0600",
  };
}
