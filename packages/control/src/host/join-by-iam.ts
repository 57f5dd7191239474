/**
 * Admits a host by who it is in AWS. It sends its `sts:GetCallerIdentity`, signed along with our challenge; we put that to
 * STS, and hold what STS says of the signer against the token's rules. No secret is handed out, and none is kept.
 */
import type { HostIdentity, JoinByIamRequest } from "@postern/core/api/join";
import { type CallerIdentity, isAllowed } from "@postern/core/iam/allow-rule";
import { IamProof } from "@postern/core/iam/identity-request";
import { createId } from "@postern/core/id";
import { inputIssues } from "@postern/core/resource/issue";
import { ResourceName } from "@postern/core/resource/name";
import type { Item } from "@postern/store/port";
import { eventWrites } from "../audit/append.ts";
import type { Call, CallerOf } from "../caller.ts";
import type { Base, JoinDeps, VerifiedPrincipal } from "../ports.ts";
import { auditRefusal, OpaqueRefusal } from "../refusal.ts";
import { type KeptToken, loadKeptToken } from "../resource/kept-token.ts";
import { spendChallenge } from "./challenge.ts";
import { createIdentity, identityEvent } from "./identity.ts";
import { hostCreation, joinEvent } from "./join.ts";
import type { Host } from "./record.ts";

/**
 * The proof's key becomes the host's. Its challenge is spent, whatever comes of it.
 * @throws Fault `access.denied` for an unknown token, a proof that isn't good and a principal that no rule admits, alike;
 *   the audit log tells which. Fault `service.unavailable` where STS can't be asked.
 */
export async function joinHostByIam(
  deps: JoinDeps,
  call: Call<CallerOf<"key">>,
  { token_name, proof }: JoinByIamRequest,
): Promise<HostIdentity> {
  const facts = {
    method: "iam",
    ...(ResourceName.safeParse(token_name).success && { token_name }),
    "addr.remote": call.address,
  } as const;
  return await auditRefusal(
    deps,
    (refusal) => ({ event: "instance.join", code: "TJ002E", ...facts, ...refusal }),
    async () => {
      const challenge = await requireChallenge(deps, call.caller.thumbprint);
      const { token, item } = await requireIamToken(deps, token_name);
      const principal = await requirePrincipal(deps, proof, challenge);
      if (!isAllowed(token.resource.spec.allow, principal)) throw notAdmitted(noRule(token, principal));
      const host = hostFrom(deps, call, token, principal);
      const identity = await createIdentity(deps, host, call.caller.publicKey);
      await admit(deps, call, item, host, identity);
      return identity;
    },
  );
}

/** Before anything else, so that a challenge is good for one try. */
async function requireChallenge(base: Base, thumbprint: string): Promise<string> {
  const challenge = await spendChallenge(base, thumbprint);
  if (challenge === undefined) throw notAdmitted("the key has no challenge, or it is spent or over");
  return challenge;
}

/** Before STS is asked: nobody without a token's name has us send requests. */
async function requireIamToken(base: Base, name: string): Promise<{ token: KeptToken; item: Item }> {
  const kept = ResourceName.safeParse(name).success ? await loadKeptToken(base, name) : undefined;
  if (!kept) throw notAdmitted("no such token");
  return kept;
}

async function requirePrincipal(
  { principals }: JoinDeps,
  sent: JoinByIamRequest["proof"],
  challenge: string,
): Promise<VerifiedPrincipal> {
  const proof = IamProof.safeParse(sent);
  if (!proof.success) {
    const issues = inputIssues(proof.error).map(({ path, message }) => `${path}: ${message}`);
    throw notAdmitted(`the proof is none: ${issues.join("; ")}`);
  }
  const verdict = await principals.verify(proof.data, challenge);
  if (verdict.type === "refused") throw notAdmitted(verdict.reason);
  return verdict.principal;
}

/** For the audit log: who came, and that the token isn't for him. */
export function noRule({ resource }: KeptToken, { account, arn }: CallerIdentity): string {
  return `no rule of the token \`${resource.metadata.name}\` admits ${arn} of account ${account}`;
}

function hostFrom(
  base: Base,
  { caller }: Call<CallerOf<"key">>,
  { resource, created_by }: KeptToken,
  { account, arn }: VerifiedPrincipal,
): Host {
  const now = base.clock();
  return {
    host_id: createId("host", now, base.random),
    thumbprint: caller.thumbprint,
    names: namesOf(resource),
    token_name: resource.metadata.name,
    aws: { account, arn },
    created_by,
    joined_at: now,
  };
}

/** What certificates of the token's hosts name; compared with public addresses, which are in lower case. */
export function namesOf({ spec }: KeptToken["resource"]): string[] {
  return [...new Set(spec.names.map((name) => name.toLowerCase()))];
}

/** Holds only if the token is still what the decision was made by. */
async function admit(base: Base, call: Call, item: Item, host: Host, identity: HostIdentity): Promise<void> {
  const result = await base.store.commit([
    { type: "check", key: item.key, condition: { type: "version", version: item.version } },
    hostCreation(host),
    ...eventWrites(base, [joinEvent(call, host), identityEvent(call, identity)]),
  ]);
  if (result.type === "conflict") throw notAdmitted("the token was changed at the same time");
}

/** The caller isn't told what was wrong: that would tell him which rules there are to be met. */
function notAdmitted(reason: string): OpaqueRefusal {
  return new OpaqueRefusal(reason, "access.denied", "this host may not join by this token", {
    hint: "an admin sees why: `postern audit ls --event instance.join`",
  });
}
