/** Admits a host by a join token that is a secret. */
import type { HostIdentity, JoinRequest } from "@postern/core/api/join";
import { createId } from "@postern/core/id";
import type { Item, Write } from "@postern/store/port";
import { transact, unchanged } from "@postern/store/update";
import { eventWrites, type NewEvent } from "../audit/append.ts";
import type { Call, CallerOf } from "../caller.ts";
import { isSecret } from "../identity/secret.ts";
import { hostKey, tokenKey } from "../keys.ts";
import type { Base, JoinDeps } from "../ports.ts";
import { auditRefusal, OpaqueRefusal } from "../refusal.ts";
import { nameOfSecret, TokenRecord } from "../resource/token-record.ts";
import { toValue } from "../value.ts";
import { createIdentity, identityEvent } from "./identity.ts";
import type { Host } from "./record.ts";

/**
 * Spends one use of the token and creates the host, in one commit: of two that join with a token's last use one is
 * admitted. The proof's key becomes the host's.
 * @throws Fault `token.spent` for a token that is unknown, spent, over or wrong, alike; the audit log tells which.
 */
export async function joinHost(
  deps: JoinDeps,
  call: Call<CallerOf<"key">>,
  { token: secret }: JoinRequest,
): Promise<HostIdentity> {
  const facts = {
    method: "token",
    ...(isTokenName(nameOfSecret(secret)) && { token_name: nameOfSecret(secret) }),
    "addr.remote": call.address,
  } as const;
  return await auditRefusal(
    deps,
    (refusal) => ({ event: "instance.join", code: "TJ002E", ...facts, ...refusal }),
    async () => {
      const { record } = await requireToken(deps, secret);
      const now = deps.clock();
      const host: Host = {
        host_id: createId("host", now, deps.random),
        thumbprint: call.caller.thumbprint,
        names: record.names,
        token_name: record.name,
        created_by: record.created_by,
        joined_at: now,
      };
      const identity = await createIdentity(deps, host, call.caller.publicKey);
      await admit(deps, call, secret, host, identity);
      return identity;
    },
  );
}

interface StoredToken {
  readonly record: TokenRecord;
  readonly item: Item;
}

async function requireToken(base: Base, secret: string): Promise<StoredToken> {
  const name = nameOfSecret(secret);
  const item = isTokenName(name) ? await base.store.get(tokenKey(name)) : undefined;
  if (!item) throw notAccepted("no such token");
  const record = TokenRecord.parse(item.value);
  if (!isSecret(secret, record.secret_hash)) throw notAccepted("the secret is wrong");
  if (record.uses === 0) throw notAccepted("the token was spent before");
  if (base.clock() >= record.ends_at) throw notAccepted("the token is over");
  return { record, item };
}

/** Anything else is no token's, might not make a key, and may be part of another secret, typed in its place. */
function isTokenName(name: string): boolean {
  return /^[0-9a-f]{8}$/.test(name);
}

/** Where another host spends a use of the same token at the same moment, it is looked at again. */
async function admit(
  base: Base,
  call: Call,
  secret: string,
  host: Host,
  identity: HostIdentity,
): Promise<void> {
  await transact(base.store, async () => {
    const { record, item } = await requireToken(base, secret);
    const value = { ...record, uses: record.uses - 1 };
    const kept = item.expiresAt === undefined ? {} : { expiresAt: item.expiresAt };
    const writes: Write[] = [
      { type: "put", key: item.key, value, ...kept, condition: unchanged(item) },
      hostCreation(host),
      ...eventWrites(base, [joinEvent(call, host), identityEvent(call, identity)]),
    ];
    return { writes, result: undefined };
  });
}

export function hostCreation(host: Host): Write {
  return { type: "put", key: hostKey(host.host_id), value: toValue(host), condition: { type: "absent" } };
}

export function joinEvent({ address }: Call, { host_id, token_name, aws }: Host): NewEvent {
  return {
    event: "instance.join",
    code: "TJ002I",
    host_id,
    token_name,
    method: aws === undefined ? "token" : "iam",
    ...(aws !== undefined && { aws_account: aws.account, aws_arn: aws.arn }),
    "addr.remote": address,
    success: true,
  };
}

/** The caller isn't told what was wrong: that would tell him which secrets were tokens once. */
function notAccepted(reason: string): OpaqueRefusal {
  return new OpaqueRefusal(reason, "token.spent", "this join token is unknown, was used up, or is over", {
    hint: "make a new one: `postern tokens add --type=db`",
  });
}
