import { SQLSTATE, type SqlState } from "@postern/wire/sqlstate";

/** What a person is told: what was refused, why as far as they may know it, and what to do next. */
export interface Words {
  readonly code: SqlState;
  readonly message: string;
  readonly hint: string;
}

/** Another's SQLSTATE, where we have a name for it; else the general one of a refused connection. */
export function knownSqlstate(text: string): SqlState {
  const known = Object.values(SQLSTATE).find((each) => each === text);
  return known ?? SQLSTATE.sqlserver_rejected_establishment_of_sqlconnection;
}

/** How the audit log's entry is found that says the rest. */
export function decision(id: string | undefined): string {
  return id === undefined ? "" : ` (decision ${id})`;
}
