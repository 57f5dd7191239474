/** Opens a login session with a password and, of those who have one, a second factor, for the key that the call has proven. */
import { mergeOptions } from "@postern/core/access/options";
import type { LoginRequest, LoginResponse } from "@postern/core/api/identity";
import { Fault, isFault } from "@postern/core/fault";
import { createId } from "@postern/core/id";
import { ResourceName } from "@postern/core/resource/name";
import { formatTime, hour } from "@postern/core/time";
import type { Write } from "@postern/store/port";
import { unchanged } from "@postern/store/update";
import { requireUnlocked } from "../access/locks.ts";
import { eventWrites } from "../audit/append.ts";
import type { Call, CallerOf } from "../caller.ts";
import { accountKey } from "../keys.ts";
import type { AuthDeps } from "../ports.ts";
import { auditRefusal } from "../refusal.ts";
import { loadRoles, loadUser } from "../resource/load.ts";
import { signAccessToken } from "./access-token.ts";
import { Account, loginStamp } from "./account.ts";
import { ensureAuthority } from "./authority.ts";
import { type LoginSession, loginSessionWrite } from "./login-session.ts";
import { checkPassword, hashPassword } from "./password.ts";
import { loadPassword, passwordWrite } from "./password-record.ts";
import { checkSecondFactor, wrongCode } from "./second-factor.ts";
import { attemptsReset, type CountedAttempt, countAttempt, uncountAttempt } from "./throttle.ts";
import { trustedCertificates } from "./trust.ts";

const defaultLifetime = 12 * hour;

/**
 * @throws Fault `auth.invalid` for a wrong password, an unknown user and a user without a password alike; behind a right
 *   password `auth.second_factor` and the like (`second-factor.ts`). `limit.exceeded` after too many attempts, or `access.denied` where he is locked or one of his roles is missing. Each is audited.
 */
export async function login(
  deps: AuthDeps,
  call: Call<CallerOf<"key">>,
  request: LoginRequest,
): Promise<LoginResponse> {
  return await auditRefusal(
    deps,
    (refusal) => ({ event: "user.login", code: "T1000W", ...loginFacts(call, request.user), ...refusal }),
    () => openLoginSession(deps, call, request),
  );
}

async function openLoginSession(
  deps: AuthDeps,
  call: Call<CallerOf<"key">>,
  { user, password, otp }: LoginRequest,
): Promise<LoginResponse> {
  const verified = await verifyUser(deps, user, password);
  const spentCode = await checkCode(deps, verified, password, otp);
  const { session, roles } = await createSession(deps, call, verified);
  const token = await signToken(deps, session);
  await commitLogin(deps, call, session, verified, spentCode);
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
  readonly attempt: CountedAttempt;
  /** That nobody reset or deleted him since. */
  readonly unchangedAccount: Write;
  /** That the password is still this one; written with today's parameters, where it was made with others. */
  readonly unchangedPassword: Write;
}

async function verifyUser(deps: AuthDeps, user: string, password: string): Promise<VerifiedUser> {
  // No user has such a name. Asking on would tell him nothing else, and his name might not even make a key.
  if (!ResourceName.safeParse(user).success) throw wrongPassword();
  const attempt = await countAttempt(deps, user);
  const [account, stored] = await Promise.all([deps.store.get(accountKey(user)), loadPassword(deps, user)]);
  const isOwn = account !== undefined && loginStamp(Account.parse(account.value)) === stored?.record.account;
  const own = isOwn ? stored : undefined;
  const { right, outdated } = await checkPassword(password, own?.record.hash);
  if (!right || account === undefined || own === undefined) throw wrongPassword();
  await requireUnlocked(deps, user); // told to the user alone: whoever guesses learns nothing
  const { item, record } = own;
  const condition = unchanged(item);
  const unchangedPassword: Write = outdated
    ? passwordWrite(user, { ...record, hash: await hashPassword(password, deps.random) }, condition)
    : { type: "check", key: item.key, condition };
  const unchangedAccount: Write = { type: "check", key: account.key, condition: unchanged(account) };
  return { user, account: record.account, attempt, unchangedAccount, unchangedPassword };
}

/** Who is asked for his code is to have the time to type it, however often somebody else tried his password. */
async function checkCode(
  deps: AuthDeps,
  { user, account, attempt }: VerifiedUser,
  password: string,
  otp: string | undefined,
): Promise<Write | undefined> {
  try {
    return await checkSecondFactor(deps, { user, account, password }, otp);
  } catch (error) {
    if (isFault(error, "auth.second_factor")) await uncountAttempt(deps, user, attempt);
    throw error;
  }
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
  { unchangedAccount, unchangedPassword }: VerifiedUser,
  spentCode: Write | undefined,
): Promise<void> {
  const secondFactor = spentCode && ({ second_factor: "otp" } as const);
  const facts = { ...loginFacts(call, session.user), ...secondFactor, login_session: session.id };
  const result = await deps.store.commit([
    ...(spentCode ? [spentCode] : []),
    unchangedAccount,
    unchangedPassword,
    loginSessionWrite(session),
    attemptsReset(session.user),
    ...eventWrites(deps, [{ event: "user.login", code: "T1000I", ...facts, success: true }]),
  ]);
  if (result.type === "conflict" && spentCode && result.index === 0) throw wrongCode();
  // The user was deleted, or given another password, in this very moment.
  if (result.type === "conflict") throw wrongPassword();
}
