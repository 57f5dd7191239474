import type { Role } from "../resource/role.ts";
import { parseDuration } from "../time.ts";

/** What a user's roles say together about sessions; where several speak, the strictest wins. */
export interface SessionOptions {
  /** How long a login session may last, in milliseconds; absent where no role says. */
  readonly max_session_ttl_ms?: number;
}

/** The options of all roles that a user holds. */
export function mergeOptions(roles: readonly Role[]): SessionOptions {
  const ttls = roles.flatMap(({ spec }) => spec.options?.max_session_ttl ?? []).map(parseDuration);
  return ttls.length === 0 ? {} : { max_session_ttl_ms: Math.min(...ttls) };
}
