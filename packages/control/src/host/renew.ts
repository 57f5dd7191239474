/** A fresh identity for an admitted host, before or after its certificate ended. */
import type { HostIdentity, RenewHostRequest } from "@postern/core/api/join";
import { Fault } from "@postern/core/fault";
import { isId } from "@postern/core/id";
import { eventWrites } from "../audit/append.ts";
import type { Call, CallerOf } from "../caller.ts";
import { hostKey } from "../keys.ts";
import type { Base, JoinDeps } from "../ports.ts";
import { auditRefusal } from "../refusal.ts";
import { createIdentity, identityEvent } from "./identity.ts";
import { type Host, loadHost } from "./record.ts";

/**
 * The key that the host joined with is what renews it; the names are still its token's.
 * @throws Fault `auth.invalid` for a host that isn't there or another's key, alike. Audited.
 */
export async function renewHost(
  deps: JoinDeps,
  call: Call<CallerOf<"key">>,
  { host_id }: RenewHostRequest,
): Promise<HostIdentity> {
  const facts = { host_id, method: "token", "addr.remote": call.address } as const;
  return await auditRefusal(
    deps,
    (refusal) => ({ event: "instance.join", code: "TJ002E", ...facts, ...refusal }),
    async () => {
      const host = await requireHost(deps, host_id, call.caller.thumbprint);
      const identity = await createIdentity(deps, host, call.caller.publicKey);
      const result = await deps.store.commit([
        { type: "check", key: hostKey(host_id), condition: { type: "present" } },
        ...eventWrites(deps, [identityEvent(call, identity)]),
      ]);
      if (result.type === "conflict") throw notAdmitted();
      return identity;
    },
  );
}

async function requireHost(base: Base, hostId: string, thumbprint: string): Promise<Host> {
  const host = isId("host", hostId) ? await loadHost(base, hostId) : undefined;
  if (host?.thumbprint !== thumbprint) throw notAdmitted();
  return host;
}

function notAdmitted(): Fault {
  return new Fault("auth.invalid", "no host was admitted with this id and key", {
    hint: "let it join again with a new token: `postern tokens add --type=db`",
  });
}
