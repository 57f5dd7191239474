/** Ends the caller's login session, and every database session that it opened. */
import { eventWrites } from "../audit/append.ts";
import type { Call, CallerOf } from "../caller.ts";
import { changeWrites } from "../changes/append.ts";
import { loginSessionKey } from "../keys.ts";
import type { Base } from "../ports.ts";

/** Done twice at once, it is done once: the second finds nothing to end. */
export async function logout(
  base: Base,
  { caller, address }: Call<CallerOf<"user">>,
): Promise<Record<string, never>> {
  const { user, loginSession } = caller;
  const reason = "the user logged out";
  await base.store.commit([
    { type: "delete", key: loginSessionKey(loginSession), condition: { type: "present" } },
    ...changeWrites(base, [{ type: "login_session_ended", login_session: loginSession, reason }]),
    ...eventWrites(base, [
      {
        event: "user.logout",
        code: "PU001I",
        user,
        login_session: loginSession,
        "addr.remote": address,
        success: true,
      },
    ]),
  ]);
  return {};
}
