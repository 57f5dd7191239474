/** Who the caller is. */
import { allowedVerbs } from "@postern/core/access/rules";
import type { StatusResponse } from "@postern/core/api/identity";
import { formatTime } from "@postern/core/time";
import type { z } from "zod";
import type { Call, CallerOf } from "../caller.ts";
import type { Base } from "../ports.ts";
import { loadHeldRoles } from "../resource/load.ts";
import { loginExpired } from "./access-token.ts";
import { loadLoginSession } from "./login-session.ts";

/**
 * The roles are those held now.
 * @throws Fault `auth.expired` where the session has just ended, `access.denied` where one of the roles is missing
 */
export async function getStatus(
  base: Base,
  { caller }: Call<CallerOf<"user">>,
): Promise<z.infer<typeof StatusResponse>> {
  const session = await loadLoginSession(base, caller.user, caller.loginSession);
  if (!session) throw loginExpired();
  const roles = await loadHeldRoles(base, caller.user);
  return {
    user: caller.user,
    roles: roles.map(({ metadata }) => metadata.name),
    login_session: session.id,
    expires_at: formatTime(session.ends_at),
    cluster_name: base.config.clusterName,
    version: base.config.version,
    rights: allowedVerbs(roles),
  };
}
