/** An invite in somebody's hands: whose it is, and that it is still good. */
import type { DescribeInviteRequest, DescribeInviteResponse } from "@postern/core/api/identity";
import { formatTime } from "@postern/core/time";
import type { Item, Key } from "@postern/store/port";
import type { z } from "zod";
import type { Call } from "../caller.ts";
import { accountKey, inviteKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { auditRefusal, OpaqueRefusal } from "../refusal.ts";
import { Account, loginStamp } from "./account.ts";
import { InviteRecord } from "./invite-record.ts";
import { hashSecret } from "./secret.ts";

export interface OpenInvite {
  readonly invite: InviteRecord;
  readonly item: Item;
  /** The item of the account that the invite is for. */
  readonly account: Item;
}

/**
 * Runs an act on the invite of this secret; where it is refused, that is audited as far as we know whose invite it was.
 * @throws Fault `token.spent` for an invite that is unknown, spent or over, alike, and what the act throws
 */
export async function withInvite<T>(
  base: Base,
  { address }: Call,
  secret: string,
  act: (open: () => Promise<OpenInvite>, facts: InviteFacts) => Promise<T>,
): Promise<T> {
  const key = inviteKey(hashSecret(secret));
  const item = await base.store.get(key);
  if (!item) throw notAccepted("no such invite");
  const facts = { user: InviteRecord.parse(item.value).user, "addr.remote": address };
  return await auditRefusal(
    base,
    (refusal) => ({ event: "user.password_change", code: "T1005W", ...facts, ...refusal }),
    async () => await act(async () => await requireOpen(base, key), facts),
  );
}

/** What an event says of who had an invite. */
export interface InviteFacts {
  readonly user: string;
  readonly "addr.remote": string;
}

/** Whose the invite is. @throws as `withInvite` does */
export async function describeInvite(
  base: Base,
  call: Call,
  { invite: secret }: z.output<typeof DescribeInviteRequest>,
): Promise<z.infer<typeof DescribeInviteResponse>> {
  return await withInvite(base, call, secret, async (open) => {
    const { user, ends_at } = (await open()).invite;
    return { user, cluster_name: base.config.clusterName, expires_at: formatTime(ends_at) };
  });
}

async function requireOpen(base: Base, key: Key): Promise<OpenInvite> {
  const item = await base.store.get(key);
  if (!item) throw notAccepted("no such invite");
  const invite = InviteRecord.parse(item.value);
  if (invite.spent) throw notAccepted("the invite was spent before");
  if (base.clock() >= invite.ends_at) throw notAccepted("the invite is over");
  const account = await base.store.get(accountKey(invite.user));
  if (!account || loginStamp(Account.parse(account.value)) !== invite.account)
    throw notAccepted("the invite's user was deleted, or reset since");
  return { invite, item, account };
}

/** The caller isn't told what was wrong: that would tell him which secrets were invites once. */
function notAccepted(reason: string): OpaqueRefusal {
  return new OpaqueRefusal(reason, "token.spent", "this invite is unknown, was used before, or is over", {
    hint: "ask an admin for a new one",
  });
}
