import type { Labels } from "../label/labels.ts";
import type { Role } from "../resource/role.ts";

/** Who asks. */
export interface Actor {
  readonly type: "user";
  readonly name: string;
}

/** A role that the actor holds: where from and until when (milliseconds since 1970; absent: without end). */
export interface RoleHolding {
  readonly role: Role;
  readonly source: "user";
  readonly until?: number;
}

/** One question: may this actor open this database as this database user, now? */
export interface AccessRequest {
  readonly actor: Actor;
  readonly roles: readonly RoleHolding[];
  /** The client's address, for conditions to come. */
  readonly client_addr?: string;
  readonly database: { readonly name: string; readonly labels: Labels };
  readonly db_user: string;
  /** Never empty: see `effectiveDatabaseName`. */
  readonly db_name: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The holdings that count at `now`. */
export function activeHoldings(holdings: readonly RoleHolding[], now: number): readonly RoleHolding[] {
  return holdings.filter(({ until }) => until === undefined || now < until);
}

/**
 * The database that PostgreSQL will open: the user's name where the start-up packet names none ("Message Formats",
 * StartupMessage). To be applied before the decision; PostgreSQL would apply it afterwards and bypass `db_names`.
 */
export function effectiveDatabaseName(dbUser: string, dbName: string | undefined): string {
  return dbName === undefined || dbName === "" ? dbUser : dbName;
}
