/** A fresh identity for an admitted host, before or after its certificate ended. */
import type { HostIdentity, RenewHostRequest } from "@postern/core/api/join";
import { isAllowed } from "@postern/core/iam/allow-rule";
import { isId } from "@postern/core/id";
import type { Write } from "@postern/store/port";
import { eventWrites } from "../audit/append.ts";
import type { Call, CallerOf } from "../caller.ts";
import { hostKey } from "../keys.ts";
import type { Base, JoinDeps } from "../ports.ts";
import { auditRefusal, OpaqueRefusal } from "../refusal.ts";
import { loadKeptToken } from "../resource/kept-token.ts";
import { toValue } from "../value.ts";
import { createIdentity, identityEvent } from "./identity.ts";
import { namesOf, noRule } from "./join-by-iam.ts";
import { type Host, loadHost } from "./record.ts";

/**
 * The key that the host joined with is what renews it. A host that joined by IAM is held against its token as that is
 * now, and gets what the token now gives; one that joined by a secret keeps the names of the token that it spent.
 * @throws Fault `auth.invalid` for a host that isn't there or another's key, and for one whose token is gone or no longer
 *   admits it, alike. Audited.
 */
export async function renewHost(
  deps: JoinDeps,
  call: Call<CallerOf<"key">>,
  { host_id }: RenewHostRequest,
): Promise<HostIdentity> {
  const known = isId("host", host_id) ? await loadHost(deps, host_id) : undefined;
  const method = known?.aws === undefined ? "token" : "iam";
  const facts = { host_id, method, "addr.remote": call.address } as const;
  return await auditRefusal(
    deps,
    (refusal) => ({ event: "instance.join", code: "TJ002E", ...facts, ...refusal }),
    async () => {
      if (known?.thumbprint !== call.caller.thumbprint) throw notAdmitted("no such host, or another key");
      const { host, writes } = await asAdmittedNow(deps, known);
      const identity = await createIdentity(deps, host, call.caller.publicKey);
      const result = await deps.store.commit([
        ...writes,
        ...eventWrites(deps, [identityEvent(call, identity)]),
      ]);
      if (result.type === "conflict") throw notAdmitted("the host or its token was changed at the same time");
      return identity;
    },
  );
}

/** The host as it is to be renewed, and what must hold, or be written, along with that. */
async function asAdmittedNow(base: Base, host: Host): Promise<{ host: Host; writes: readonly Write[] }> {
  const key = hostKey(host.host_id);
  if (host.aws === undefined)
    return { host, writes: [{ type: "check", key, condition: { type: "present" } }] };
  const kept = await loadKeptToken(base, host.token_name);
  if (kept === undefined) throw notAdmitted(`its token \`${host.token_name}\` is gone`);
  const { token, item } = kept;
  if (!isAllowed(token.resource.spec.allow, host.aws)) throw notAdmitted(noRule(token, host.aws));
  const renewed = { ...host, names: namesOf(token.resource), created_by: token.created_by };
  return {
    host: renewed,
    writes: [
      { type: "check", key: item.key, condition: { type: "version", version: item.version } },
      { type: "put", key, value: toValue(renewed), condition: { type: "present" } },
    ],
  };
}

function notAdmitted(reason: string): OpaqueRefusal {
  return new OpaqueRefusal(reason, "auth.invalid", "no host was admitted with this id and key", {
    hint: "let it join again with a new token: `postern tokens add --type=db`",
  });
}
