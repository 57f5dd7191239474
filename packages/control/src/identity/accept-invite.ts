/** Sets a password, and a second factor where one is wanted, with a one-time invite. */
import type { AcceptInviteRequest } from "@postern/core/api/identity";
import { User } from "@postern/core/resource/user";
import type { Item, Write } from "@postern/store/port";
import { transact, unchanged } from "@postern/store/update";
import { eventWrites, type NewEvent } from "../audit/append.ts";
import type { Call } from "../caller.ts";
import { resourceKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { toValue } from "../value.ts";
import type { InviteRecord } from "./invite-record.ts";
import { type InviteFacts, type OpenInvite, withInvite } from "./open-invite.ts";
import { hashPassword } from "./password.ts";
import { passwordWrite } from "./password-record.ts";
import { createSecondFactor, secondFactorDeletion } from "./second-factor.ts";
import { attemptsReset } from "./throttle.ts";

/**
 * Spends the invite. Of two who try at once exactly one succeeds.
 * @throws Fault `token.spent` for an invite that is unknown, spent or over, alike; `input.invalid` for a wrong code,
 *   which spends nothing. Audited where we know whose it was.
 */
export async function acceptInvite(
  base: Base,
  call: Call,
  { invite: secret, password, otp }: AcceptInviteRequest,
): Promise<{ user: string }> {
  return await withInvite(base, call, secret, async (open, facts) => {
    const { user, account } = (await open()).invite; // before the work of hashing
    const secrets: readonly Write[] = [
      otp === undefined
        ? secondFactorDeletion(user)
        : await createSecondFactor(base, { user, account, password }, otp),
      passwordWrite(user, { account, hash: await hashPassword(password, base.random) }, { type: "none" }),
    ];
    await transact(base.store, async () => {
      const writes = [...(await acceptance(base, await open())), ...secrets];
      const events = eventWrites(base, eventsOf(facts, otp !== undefined));
      return { writes: [...writes, ...events], result: undefined };
    });
    return { user };
  });
}

async function acceptance(base: Base, { invite, item, account }: OpenInvite): Promise<Write[]> {
  return [
    spending(item, invite),
    { type: "check", key: account.key, condition: { type: "version", version: account.version } },
    ...(await activation(base, invite.user)),
    attemptsReset(invite.user),
  ];
}

function eventsOf(facts: InviteFacts, hasSecondFactor: boolean): NewEvent[] {
  const password: NewEvent = { event: "user.password_change", code: "T1005I", ...facts, success: true };
  if (!hasSecondFactor) return [password];
  return [password, { event: "mfa.add", code: "T1006I", mfa_device_type: "TOTP", ...facts, success: true }];
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
