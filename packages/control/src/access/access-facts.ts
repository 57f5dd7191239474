/** Loads what a decision depends on, as it is now: every read is consistent. */
import { isFault } from "@postern/core/fault";
import type { Database } from "@postern/core/resource/db";
import type { Lock } from "@postern/core/resource/lock";
import type { Role } from "@postern/core/resource/role";
import { isServedBy } from "../database/servers.ts";
import type { Grant } from "../identity/grant.ts";
import { type LiveLogin, loadLoginSession } from "../identity/login-session.ts";
import type { Base } from "../ports.ts";
import { loadDatabase, loadHeldRoles } from "../resource/load.ts";
import { lockOf } from "./locks.ts";

export interface Loaded {
  /** Undefined once it ended, or its user is no more. */
  readonly login: LiveLogin | undefined;
  /** What keeps the user out, if anything does. */
  readonly lock: Lock | undefined;
  readonly database: Database | undefined;
  /** Whether the host is an admitted server of the database, and lives. */
  readonly isServed: boolean;
  /** A text where they can't be told: why not. */
  readonly roles: readonly Role[] | string;
}

export async function loadAccess(base: Base, hostId: string, grant: Grant): Promise<Loaded> {
  const [login, lock, database, isServed, roles] = await Promise.all([
    loadLoginSession(base, grant.user, grant.login_session),
    lockOf(base, grant.user),
    loadDatabase(base, grant.database),
    isServedBy(base, hostId, grant.database),
    loadRolesOrReason(base, grant.user),
  ]);
  return { login, lock, database, isServed, roles };
}

async function loadRolesOrReason(base: Base, user: string): Promise<readonly Role[] | string> {
  try {
    return await loadHeldRoles(base, user);
  } catch (error) {
    if (isFault(error, "access.denied")) return error.message; // a role that is missing may have denied it
    throw error;
  }
}
