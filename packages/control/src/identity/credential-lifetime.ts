/** How long a credential may open sessions. The control plane decides it, never who asks. */
import type { CredentialRequest } from "@postern/core/api/identity";
import { hour, minute } from "@postern/core/time";
import type { Allowance } from "./served-target.ts";

/** A program that holds its key in memory asks again; what lies in files is nobody's to renew. */
const certificateLifetimes = { connections: 5 * minute, files: hour } as const;
const tokenLifetime = 5 * minute;

/**
 * Milliseconds since 1970: with the login session or with the role that allows it at the latest, and never longer than
 * a login of this user may last (`max_session_ttl`).
 */
export function credentialEnd(
  request: CredentialRequest,
  { ends_at = Infinity, options }: Allowance,
  loginEndsAt: number,
  now: number,
): number {
  const lifetime = request.type === "certificate" ? certificateLifetimes[request.purpose] : tokenLifetime;
  const longest = options.max_session_ttl_ms ?? Infinity;
  return Math.min(now + Math.min(lifetime, longest), loginEndsAt, ends_at);
}
