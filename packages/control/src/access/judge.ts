/** Whether a connection may be opened: every check in its order, the first that fails is the answer. */
import type { OpenSessionRequest } from "@postern/core/api/host";
import type { Database } from "@postern/core/resource/db";
import { type Lock, lockReason } from "@postern/core/resource/lock";
import type { LiveLogin } from "../identity/login-session.ts";
import type { Base } from "../ports.ts";
import { loadAccess } from "./access-facts.ts";
import { type AllowedAccess, decideAccess } from "./allowed-access.ts";
import { badCredential, type Denial, deny, notAllowed, quote } from "./denial.ts";
import { type VerifiedCredential, verifyCredential } from "./verify-credential.ts";

export interface Allowed {
  readonly type: "allow";
  readonly access: AllowedAccess;
  readonly credential: VerifiedCredential;
  readonly login: LiveLogin;
  /** All roles that the user holds. */
  readonly roles: readonly string[];
  /** Broken entries of roles, for an admin. */
  readonly warnings: readonly string[];
}

/** A denial, with what was known of the connection by then. `byHost`: the host asked for what isn't its own. */
export interface Denied {
  readonly type: "deny";
  readonly denial: Denial;
  readonly credential?: VerifiedCredential;
  readonly database?: Database;
  readonly byHost: boolean;
}

export async function judge(
  base: Base,
  hostId: string,
  request: OpenSessionRequest,
): Promise<Allowed | Denied> {
  const credential = await verifyCredential(base, request.credential);
  if (credential.type === "deny") return { type: "deny", denial: credential, byHost: false };
  const mismatch = packetMismatch(credential, request);
  if (mismatch !== undefined) return { type: "deny", denial: mismatch, credential, byHost: false };
  return await judgeAccess(base, hostId, request, credential);
}

/** Refused and never redirected: people must get what they ask for, or be told. */
function packetMismatch(
  { grant }: VerifiedCredential,
  { db_user, db_name }: OpenSessionRequest,
): Denial | undefined {
  if (grant.db_user === db_user && grant.db_name === db_name) return undefined;
  const granted = `user ${quote(grant.db_user)} and database name ${quote(grant.db_name)}`;
  const asked = `user ${quote(db_user)} and database name ${quote(db_name)}`;
  const hint =
    "connect with the credential's own, or get a credential for these: `postern db connect --db-user --db-name`";
  const message = `the credential is for ${granted}, the connection asks for ${asked}`;
  return deny("28000", message, hint, ["the start-up packet differs from the credential"]);
}

async function judgeAccess(
  base: Base,
  hostId: string,
  request: OpenSessionRequest,
  credential: VerifiedCredential,
): Promise<Allowed | Denied> {
  const { grant } = credential;
  const { login, lock, database, isServed, roles } = await loadAccess(base, hostId, grant);
  const refuse = (denial: Denial, byHost = false): Denied => ({
    type: "deny",
    denial,
    credential,
    byHost,
    ...(database !== undefined && { database }),
  });
  if (login === undefined) {
    return refuse(badCredential("the login session is over", [`${grant.login_session} has ended`]));
  }
  if (lock !== undefined) return refuse(lockedOut(lock));
  if (database === undefined) return refuse(notAllowed(grant, ["no such database"]));
  if (!isServed) return refuse(notServed(grant.database), true);
  if (typeof roles === "string") return refuse(notAllowed(grant, [roles]));
  const { client_addr } = request;
  const now = base.clock();
  const verdict = decideAccess({ grant, roles, database, client_addr, login_ends_at: login.ends_at, now });
  if (verdict.type === "deny") return refuse(notAllowed(grant, verdict.reasons));
  return { ...verdict, credential, login, roles: roles.map(({ metadata }) => metadata.name) };
}

function lockedOut(lock: Lock): Denial {
  const hint = "an administrator can lift the lock";
  return deny("28000", lockReason(lock), hint, [`the lock ${lock.metadata.name} is in force`]);
}

function notServed(database: string): Denial {
  const hint = "`postern db ls` shows where each database is served";
  return deny("28000", `database ${quote(database)} is not served here`, hint, ["the host doesn't serve it"]);
}
