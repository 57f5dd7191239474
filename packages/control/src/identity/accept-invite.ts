/** Sets a password with a one-time invite. */
import type { AcceptInviteRequest } from "@postern/core/api/identity";
import { Fault } from "@postern/core/fault";
import { User } from "@postern/core/resource/user";
import type { Item, Write } from "@postern/store/port";
import { eventWrites } from "../audit/append.ts";
import type { Call } from "../caller.ts";
import { accountKey, inviteKey, resourceKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { auditRefusal, OpaqueRefusal } from "../refusal.ts";
import { toValue } from "../value.ts";
import { loadAccount } from "./account.ts";
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
  const item = await base.store.get(inviteKey(hashSecret(secret)));
  if (!item) throw notAccepted("no such invite");
  const invite = InviteRecord.parse(item.value);
  const { user } = invite;
  await auditRefusal(
    base,
    (refusal) => ({
      event: "user.password_change",
      code: "T1005W",
      user,
      "addr.remote": address,
      ...refusal,
    }),
    async () => {
      await assertOpen(base, invite);
      const hash = await hashPassword(password, base.random);
      await spend(base, item, invite, [
        passwordWrite(user, { account: invite.account, hash }),
        attemptsReset(user),
        ...eventWrites(base, [
          { event: "user.password_change", code: "T1005I", user, "addr.remote": address, success: true },
        ]),
      ]);
    },
  );
  return { user };
}

async function assertOpen(base: Base, invite: InviteRecord): Promise<void> {
  if (invite.spent) throw notAccepted("the invite was spent before");
  if (base.clock() >= invite.ends_at) throw notAccepted("the invite is over");
  const account = await loadAccount(base, invite.user);
  if (account?.id !== invite.account) throw notAccepted("the invite's user was deleted");
}

async function spend(base: Base, item: Item, invite: InviteRecord, others: readonly Write[]): Promise<void> {
  const result = await base.store.commit([
    {
      type: "put",
      key: item.key,
      value: { ...invite, spent: true },
      ...(item.expiresAt !== undefined && { expiresAt: item.expiresAt }),
      condition: { type: "version", version: item.version },
    },
    { type: "check", key: accountKey(invite.user), condition: { type: "present" } },
    ...(await activation(base, invite.user)),
    ...others,
  ]);
  if (result.type === "committed") return;
  if (result.index === 0) throw notAccepted("the invite was spent at the same time");
  throw new Fault("resource.changed", "the user was changed at the same time", { hint: "try again" });
}

/** Shows people that the invite was accepted. */
async function activation(base: Base, name: string): Promise<Write[]> {
  const item = await base.store.get(resourceKey("user", name));
  if (!item) return [];
  const user = User.parse(item.value);
  const value = toValue({ ...user, spec: { ...user.spec, status: "active" } });
  return [{ type: "put", key: item.key, value, condition: { type: "version", version: item.version } }];
}

/** The caller isn't told what was wrong: that would tell him which secrets were invites once. */
function notAccepted(reason: string): OpaqueRefusal {
  return new OpaqueRefusal(reason, "token.spent", "this invite is unknown, was used before, or is over", {
    hint: "ask an admin for a new one: `postern users reset`",
  });
}
