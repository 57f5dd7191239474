import type { Role, RoleOptions } from "../resource/role.ts";
import { parseDuration } from "../time.ts";

/** What a user's roles say together about sessions, in milliseconds, absent where no role says; the strictest wins. */
export interface SessionOptions {
  /** How long a login session may last. */
  readonly max_session_ttl_ms?: number;
  /** How long a database session may run no statement and carry no byte, either way. */
  readonly client_idle_timeout_ms?: number;
}

/** The options of all roles that a user holds. */
export function mergeOptions(roles: readonly Role[]): SessionOptions {
  const max_session_ttl_ms = shortest(roles, "max_session_ttl");
  const client_idle_timeout_ms = shortest(roles, "client_idle_timeout");
  return {
    ...(max_session_ttl_ms !== undefined && { max_session_ttl_ms }),
    ...(client_idle_timeout_ms !== undefined && { client_idle_timeout_ms }),
  };
}

function shortest(roles: readonly Role[], option: keyof RoleOptions): number | undefined {
  const spans = roles.flatMap(({ spec }) => spec.options?.[option] ?? []).map(parseDuration);
  return spans.length === 0 ? undefined : Math.min(...spans);
}
