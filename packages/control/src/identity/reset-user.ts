/** Lets a user set a new password, who has forgotten his or whose is in the wrong hands. */
import type { InviteUserResponse, ResetUserRequest } from "@postern/core/api/admin";
import { Fault } from "@postern/core/fault";
import type { Write } from "@postern/store/port";
import type { z } from "zod";
import { eventWrites, type NewEvent } from "../audit/append.ts";
import type { Call } from "../caller.ts";
import { changeWrites } from "../changes/append.ts";
import { accountKey, resourceKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { auditRefusal } from "../refusal.ts";
import { type ChangeOutcome, type Writer, writerName } from "../resource/event.ts";
import { missingResource } from "../resource/get.ts";
import { checkGrant, grantedToUser, heldBy } from "../resource/grant-check.ts";
import { loadStored } from "../resource/load.ts";
import { requireRight } from "../resource/right.ts";
import { toValue } from "../value.ts";
import { Account, accountReset, loginStamp } from "./account.ts";
import { assertInviteTtl, createInvite } from "./invite.ts";

/**
 * Ends the user's password, his invites, his login sessions and the database sessions that they opened, and makes a new
 * invite. Whoever holds it can become the user: it takes the rights that the user has, or `escalate`.
 * @throws Fault `access.denied`, `resource.missing`, `input.invalid` for a time that can't be, or `resource.changed`.
 *   Each is audited.
 */
export async function resetUser(
  base: Base,
  call: Call<Writer>,
  { name, ttl }: { readonly name: string } & z.output<typeof ResetUserRequest>,
): Promise<z.infer<typeof InviteUserResponse>> {
  return await auditRefusal(
    base,
    (refusal) => resetEvent(call, name, refusal),
    async () => {
      const holdings = await requireRight(base, call.caller, { resource: "user", verb: "update" });
      assertInviteTtl(ttl);
      const stored = await loadStored(base, "user", name);
      if (!stored) throw await missingResource(base, "user", name);
      const { resource: user, version } = stored;
      const escalated = checkGrant(
        base,
        holdings,
        "user",
        await grantedToUser(base, heldBy(undefined), heldBy(user)),
      );
      const reasons = escalated.length > 0 ? { reasons: [...escalated] } : {};
      const event = resetEvent(call, name, { success: true, ...reasons });
      const invited = { ...user, spec: { ...user.spec, status: "invited" } };
      return await commitReset(base, name, ttl, [
        {
          type: "put",
          key: resourceKey("user", name),
          value: toValue(invited),
          condition: { type: "version", version },
        },
        ...eventWrites(base, [event]),
      ]);
    },
  );
}

function resetEvent({ caller, address }: Call<Writer>, name: string, outcome: ChangeOutcome): NewEvent {
  const code = outcome.success ? "T6000I" : "T6000W";
  const facts = { user: writerName(caller), name, "addr.remote": address };
  return { event: "reset_password_token.create", code, ...facts, ...outcome };
}

async function commitReset(
  base: Base,
  name: string,
  ttl: string,
  others: readonly Write[],
): Promise<z.infer<typeof InviteUserResponse>> {
  const item = await base.store.get(accountKey(name));
  if (!item) throw changedMeanwhile(name);
  const { account, writes } = accountReset(base, name, item);
  const invite = createInvite(base, name, account, ttl);
  const before = loginStamp(Account.parse(item.value));
  const ended = {
    type: "user_ended",
    user: name,
    account: before,
    reason: "the user's login was reset",
  } as const;
  const result = await base.store.commit([
    ...writes,
    invite.write,
    ...changeWrites(base, [ended]),
    ...others,
  ]);
  if (result.type === "conflict") throw changedMeanwhile(name);
  return invite.response;
}

function changedMeanwhile(name: string): Fault {
  return new Fault("resource.changed", `the user \`${name}\` was changed at the same time`, {
    hint: "look at it again, then repeat the change",
  });
}
