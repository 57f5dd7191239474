/** A connection that is refused: what the person at psql is told, and what the audit log is told besides. */
import type { CredentialClaims } from "@postern/core/credential/claims";

/** Five characters of the manual's appendix A. */
export type DenialState =
  /** invalid_authorization_specification */
  | "28000"
  /** connection_failure */
  | "08006"
  /** too_many_connections */
  | "53300";

export interface Denial {
  readonly type: "deny";
  readonly sqlstate: DenialState;
  /** For the person; the decision id is added where the answer is made. */
  readonly message: string;
  readonly hint: string;
  /** For the audit log alone: would help somebody who tries doors. */
  readonly reasons: readonly string[];
}

export function deny(
  sqlstate: DenialState,
  message: string,
  hint: string,
  reasons: readonly string[],
): Denial {
  return { type: "deny", sqlstate, message, hint, reasons };
}

/** What a connection is for: names as they were asked for, quoted so that none can end the message early. */
export type Target = Pick<CredentialClaims, "database" | "db_user" | "db_name">;

/** One text for every reason that would tell somebody which databases, users and names there are. */
export function notAllowed({ database, db_user, db_name }: Target, reasons: readonly string[]): Denial {
  const asked = `access to database ${quote(database)} as user ${quote(db_user)}, database name ${quote(db_name)}`;
  return deny("28000", `${asked} is not allowed`, "`postern db ls` shows what is allowed", reasons);
}

/** For credentials that are over or were never good; `reasons` say which. */
export function badCredential(message: string, reasons: readonly string[]): Denial {
  const hint =
    "`postern db connect` and `postern db login` get a new credential; `postern login` comes first where the login is over";
  return deny("28000", message, hint, reasons);
}

/** Names come from clients: bounded, and without control or direction characters. */
export function quote(name: string): string {
  const short = name.length > 63 ? `${name.slice(0, 63)}…` : name;
  return `"${short.replace(/[\p{C}\p{Zl}\p{Zp}"]/gu, "?")}"`;
}
