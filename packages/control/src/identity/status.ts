/** Who the caller is. */
import type { StatusResponse } from "@postern/core/api/identity";
import { formatTime } from "@postern/core/time";
import type { z } from "zod";
import type { Call, CallerOf } from "../caller.ts";
import type { Base } from "../ports.ts";
import { loadUser } from "../resource/load.ts";
import { loginExpired } from "./access-token.ts";
import { loadLoginSession } from "./login-session.ts";

/** The roles are those held now. @throws Fault `auth.expired` where the session has just ended. */
export async function getStatus(
  base: Base,
  { caller }: Call<CallerOf<"user">>,
): Promise<z.infer<typeof StatusResponse>> {
  const session = await loadLoginSession(base, caller.user, caller.loginSession);
  if (!session) throw loginExpired();
  const user = await loadUser(base, caller.user);
  return {
    user: caller.user,
    roles: [...(user?.spec.roles ?? [])],
    login_session: session.id,
    expires_at: formatTime(session.ends_at),
    cluster_name: base.config.clusterName,
    version: base.config.version,
  };
}
