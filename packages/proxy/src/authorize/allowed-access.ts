import type { OpenSessionResponse } from "@postern/core/api/host";
import { invariant } from "@postern/core/fault";

/** The control plane has allowed this session, with these limits. Only `authorize` makes one. */
export type AllowedAccess = Extract<OpenSessionResponse, { decision: "allow" }> & { readonly [proof]: true };

declare const proof: unique symbol;
const allowed = new WeakSet<object>();

/** For `authorize` alone, of an answer that the control plane gave to this very session. */
export function allow(answer: Extract<OpenSessionResponse, { decision: "allow" }>): AllowedAccess {
  allowed.add(answer);
  return answer as AllowedAccess; // the set just entered is what the type stands for
}

/** To be called where access is used: a look-alike is a bug, and opens nothing. */
export function assertAllowed(access: AllowedAccess): void {
  invariant(allowed.has(access), "access without the control plane's answer");
}
