/** Opens a login session with a password, for the key that the call has proven. */
import { mergeOptions } from "@postern/core/access/options";
import type { LoginRequest, LoginResponse } from "@postern/core/api/identity";
import { Fault, invariant } from "@postern/core/fault";
import { createId } from "@postern/core/id";
import { ResourceName } from "@postern/core/resource/name";
import { formatTime, hour } from "@postern/core/time";
import type { Write } from "@postern/store/port";
import { eventWrites } from "../audit/append.ts";
import type { Call, CallerOf } from "../caller.ts";
import { accountKey } from "../keys.ts";
import type { AuthDeps } from "../ports.ts";
import { auditRefusal } from "../refusal.ts";
import { loadRoles, loadUser } from "../resource/load.ts";
import { signAccessToken } from "./access-token.ts";
import { loadAccount } from "./account.ts";
import { ensureAuthority } from "./authority.ts";
import { type LoginSession, loginSessionWrite } from "./login-session.ts";
import { checkPassword, hashPassword } from "./password.ts";
import { loadPassword, passwordWrite } from "./password-record.ts";
import { attemptsReset, countAttempt } from "./throttle.ts";
import { trustedCertificates } from "./trust.ts";

const defaultLifetime = 12 * hour;

/**
 * @throws Fault `auth.invalid` for a wrong password, an unknown user and a user without a password alike, or
 *   `limit.exceeded` after too many attempts. Each is audited.
 */
export async function login(
  deps: AuthDeps,
  call: Call<CallerOf<"key">>,
  { user, password }: LoginRequest,
): Promise<LoginResponse> {
  const verified = await auditRefusal(
    deps,
    (refusal) => ({ event: "user.login", code: "T1000W", ...loginFacts(call, user), ...refusal }),
    () => verifyUser(deps, user, password),
  );
  const { session, roles } = await createSession(deps, call, verified);
  const token = await signToken(deps, session);
  await commitLogin(deps, call, session, verified.rehash);
  return {
    access_token: token,
    token_type: "DPoP",
    expires_at: formatTime(session.ends_at),
    user,
    roles: [...roles],
    login_session: session.id,
    cluster_name: deps.config.clusterName,
    host_ca: await trustedCertificates(deps, "host-ca"),
  };
}

function loginFacts({ address }: Call, user: string) {
  return { user, method: "local", "addr.remote": address } as const;
}

/** A user whose password was right a moment ago. */
interface VerifiedUser {
  readonly user: string;
  readonly account: string;
  /** The password's record with today's parameters, where it was made with others. */
  readonly rehash: readonly Write[];
}

async function verifyUser(deps: AuthDeps, user: string, password: string): Promise<VerifiedUser> {
  // No user has such a name. Asking on would tell him nothing else, and his name might not even make a key.
  if (!ResourceName.safeParse(user).success) throw wrongPassword();
  await countAttempt(deps, user);
  const [account, record] = await Promise.all([loadAccount(deps, user), loadPassword(deps, user)]);
  const hash = account !== undefined && account.id === record?.account ? record.hash : undefined;
  const { right, outdated } = await checkPassword(password, hash);
  if (!right || account === undefined) throw wrongPassword();
  const renewed = async () =>
    passwordWrite(user, { account: account.id, hash: await hashPassword(password, deps.random) });
  return { user, account: account.id, rehash: outdated ? [await renewed()] : [] };
}

function wrongPassword(): Fault {
  return new Fault("auth.invalid", "user or password is wrong", {
    hint: "a new user first sets a password with the invite: `postern users accept URL`",
  });
}

async function createSession(
  deps: AuthDeps,
  { caller, address }: Call<CallerOf<"key">>,
  { user, account }: VerifiedUser,
): Promise<{ session: LoginSession; roles: readonly string[] }> {
  const now = deps.clock();
  const roles = (await loadUser(deps, user))?.spec.roles ?? [];
  const { max_session_ttl_ms = defaultLifetime } = mergeOptions(await loadRoles(deps, roles));
  const session = {
    id: createId("loginSession", now, deps.random),
    user,
    account,
    thumbprint: caller.thumbprint,
    address,
    started_at: now,
    ends_at: now + max_session_ttl_ms,
  };
  return { session, roles };
}

/** Signed before the session is there, so that there is never a session without its token. */
async function signToken(deps: AuthDeps, session: LoginSession): Promise<string> {
  const { kid } = await ensureAuthority(deps, "access-token", deps.accessTokens);
  // Hosts learn of the user CA by asking now and then: it should be there before the first credential.
  await ensureAuthority(deps, "user-ca", deps.userCa);
  const facts = { user: session.user, loginSession: session.id, thumbprint: session.thumbprint };
  return await signAccessToken(deps, deps.accessTokens, { kid, facts, expiresAt: session.ends_at });
}

async function commitLogin(
  deps: AuthDeps,
  call: Call,
  session: LoginSession,
  rehash: readonly Write[],
): Promise<void> {
  const facts = { ...loginFacts(call, session.user), login_session: session.id, success: true };
  const result = await deps.store.commit([
    { type: "check", key: accountKey(session.user), condition: { type: "present" } },
    loginSessionWrite(session),
    attemptsReset(session.user),
    ...rehash,
    ...eventWrites(deps, [{ event: "user.login", code: "T1000I", ...facts }]),
  ]);
  if (result.type === "committed") return;
  invariant(result.index === 0, "a new login session's id is new");
  throw wrongPassword(); // the user was deleted in this very moment
}
