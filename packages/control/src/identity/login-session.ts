/** Login sessions: what a login opens, and what every access token, credential and database session hangs on. */
import type { Write } from "@postern/store/port";
import { z } from "zod";
import { accountKey, loginSessionKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { Account, loginStamp } from "./account.ts";

export const LoginSession = z.strictObject({
  id: z.string(),
  user: z.string(),
  /** The account that logged in, as `loginStamp` has it: neither a namesake's nor one from before a reset. */
  account: z.string(),
  /** Of the key that the session's access token is bound to. */
  thumbprint: z.string(),
  address: z.string(),
  /** Milliseconds since 1970. */
  started_at: z.int(),
  ends_at: z.int(),
});
export type LoginSession = z.infer<typeof LoginSession>;

/** One that stands, and the version of its user's account, by which a commit can hold on to that. */
export interface LiveLogin extends LoginSession {
  readonly accountVersion: number;
}

/**
 * The user's login session as it is now; undefined once it ended, by time, by logout or with its user. Both
 * reads are consistent, so whatever ended it a moment ago has ended it here.
 */
export async function loadLoginSession(base: Base, user: string, id: string): Promise<LiveLogin | undefined> {
  const [item, account] = await Promise.all([
    base.store.get(loginSessionKey(id)),
    base.store.get(accountKey(user)),
  ]);
  if (!item || !account) return undefined;
  const session = LoginSession.parse(item.value);
  const stamp = loginStamp(Account.parse(account.value));
  const alive = session.user === user && session.account === stamp && base.clock() < session.ends_at;
  return alive ? { ...session, accountVersion: account.version } : undefined;
}

export function loginSessionWrite(session: LoginSession): Write {
  return {
    type: "put",
    key: loginSessionKey(session.id),
    value: session,
    expiresAt: session.ends_at,
    condition: { type: "absent" },
  };
}
