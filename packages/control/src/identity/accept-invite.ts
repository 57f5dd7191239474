/** Sets a password with a one-time invite. */
import type { AcceptInviteRequest } from "@postern/core/api/identity";
import { User } from "@postern/core/resource/user";
import type { Item, Key, Write } from "@postern/store/port";
import { transact, unchanged } from "@postern/store/update";
import { eventWrites } from "../audit/append.ts";
import type { Call } from "../caller.ts";
import { accountKey, inviteKey, resourceKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { auditRefusal, OpaqueRefusal } from "../refusal.ts";
import { toValue } from "../value.ts";
import { Account, loginStamp } from "./account.ts";
import { InviteRecord } from "./invite-record.ts";
import { hashPassword } from "./password.ts";
import { passwordWrite } from "./password-record.ts";
import { hashSecret } from "./secret.ts";
import { attemptsReset } from "./throttle.ts";

/**
 * Spends the invite. Of two who try at once exactly one succeeds.
 * @throws Fault `token.spent` for an invite that is unknown, spent or over, alike. Audited where we know whose it was.
 */
export async function acceptInvite(
  base: Base,
  { address }: Call,
  { invite: secret, password }: AcceptInviteRequest,
): Promise<{ user: string }> {
  const key = inviteKey(hashSecret(secret));
  const { user } = (await loadInvite(base, key)).invite;
  const facts = { user, "addr.remote": address };
  await auditRefusal(
    base,
    (refusal) => ({ event: "user.password_change", code: "T1005W", ...facts, ...refusal }),
    async () => {
      await requireOpenInvite(base, key); // before the work of hashing
      const hash = await hashPassword(password, base.random);
      await transact(base.store, async () => {
        const { invite, item, account } = await requireOpenInvite(base, key);
        const writes: Write[] = [
          spending(item, invite),
          { type: "check", key: account.key, condition: { type: "version", version: account.version } },
          ...(await activation(base, user)),
          passwordWrite(user, { account: invite.account, hash }, { type: "none" }), // whatever stood there
          attemptsReset(user),
          ...eventWrites(base, [{ event: "user.password_change", code: "T1005I", ...facts, success: true }]),
        ];
        return { writes, result: undefined };
      });
    },
  );
  return { user };
}

interface StoredInvite {
  readonly invite: InviteRecord;
  readonly item: Item;
}

interface OpenInvite extends StoredInvite {
  /** The item of the account that the invite is for. */
  readonly account: Item;
}

async function loadInvite(base: Base, key: Key): Promise<StoredInvite> {
  const item = await base.store.get(key);
  if (!item) throw notAccepted("no such invite");
  return { invite: InviteRecord.parse(item.value), item };
}

async function requireOpenInvite(base: Base, key: Key): Promise<OpenInvite> {
  const stored = await loadInvite(base, key);
  const { spent, ends_at, user, account } = stored.invite;
  if (spent) throw notAccepted("the invite was spent before");
  if (base.clock() >= ends_at) throw notAccepted("the invite is over");
  const item = await base.store.get(accountKey(user));
  if (!item || loginStamp(Account.parse(item.value)) !== account)
    throw notAccepted("the invite's user was deleted, or reset since");
  return { ...stored, account: item };
}

/** Kept as spent, so that who tries it again is seen. */
function spending(item: Item, invite: InviteRecord): Write {
  const kept = item.expiresAt === undefined ? {} : { expiresAt: item.expiresAt };
  return {
    type: "put",
    key: item.key,
    value: { ...invite, spent: true },
    ...kept,
    condition: unchanged(item),
  };
}

/** Shows people that the invite was accepted. */
async function activation(base: Base, name: string): Promise<Write[]> {
  const item = await base.store.get(resourceKey("user", name));
  if (!item) return [];
  const user = User.parse(item.value);
  const value = toValue({ ...user, spec: { ...user.spec, status: "active" } });
  return [{ type: "put", key: item.key, value, condition: unchanged(item) }];
}

/** The caller isn't told what was wrong: that would tell him which secrets were invites once. */
function notAccepted(reason: string): OpaqueRefusal {
  return new OpaqueRefusal(reason, "token.spent", "this invite is unknown, was used before, or is over", {
    hint: "ask an admin for a new one",
  });
}
