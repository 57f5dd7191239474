/** Invites: a new user sets his own password, with a secret that works once and is kept as a hash. */
import type { InviteUserRequest, InviteUserResponse } from "@postern/core/api/admin";
import { Fault } from "@postern/core/fault";
import { ResourceName } from "@postern/core/resource/name";
import { formatTime, hour, parseDuration } from "@postern/core/time";
import type { Write } from "@postern/store/port";
import type { z } from "zod";
import { eventWrites } from "../audit/append.ts";
import type { Call } from "../caller.ts";
import { inviteKey, resourceKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { auditRefusal } from "../refusal.ts";
import { changeEvent, type Writer } from "../resource/event.ts";
import { heldBy } from "../resource/grant-check.ts";
import { loadUser } from "../resource/load.ts";
import { requireRight } from "../resource/right.ts";
import { checkRoles } from "../resource/write.ts";
import { type Account, accountCreation, loginStamp } from "./account.ts";
import { type InviteRecord, inviteKept } from "./invite-record.ts";
import { hashSecret } from "./secret.ts";

const longestInvite = 48 * hour;
/** 256 bits. */
const secretBytes = 32;

/**
 * Creates the user and his invite, whose secret is in the URL's fragment.
 * @throws Fault `access.denied`, `resource.exists`, or `input.invalid` for a name, a time or roles that can't be. Each
 *   is audited.
 */
export async function inviteUser(
  base: Base,
  call: Call<Writer>,
  input: z.output<typeof InviteUserRequest>,
): Promise<z.infer<typeof InviteUserResponse>> {
  const { name, roles } = input;
  const changed = { kind: "user", name, roles } as const;
  return await auditRefusal(
    base,
    (refusal) => changeEvent(call, "create", changed, refusal),
    async () => {
      const holdings = await requireRight(base, call.caller, { resource: "user", verb: "create" });
      await assertInvitable(base, input);
      const { escalated, checks } = await checkRoles(base, holdings, heldBy(undefined), {
        roles,
        traits: {},
      });
      const reasons = escalated.length > 0 ? { reasons: [...escalated] } : {};
      const event = changeEvent(call, "create", changed, { success: true, ...reasons });
      return await createInvited(base, input, [...checks, ...eventWrites(base, [event])]);
    },
  );
}

async function assertInvitable(base: Base, { name, ttl }: z.output<typeof InviteUserRequest>): Promise<void> {
  const { success, error } = ResourceName.safeParse(name);
  if (!success) {
    const issues = error.issues.map(({ message }) => ({ path: "name", message }));
    throw new Fault("input.invalid", "no user can have this name", { issues });
  }
  assertInviteTtl(ttl);
  if (await loadUser(base, name)) throw userExists(name);
}

/** @throws Fault `input.invalid` */
export function assertInviteTtl(ttl: string): void {
  if (parseDuration(ttl) <= longestInvite) return;
  throw new Fault("input.invalid", "an invite lasts at most 48 hours", {
    issues: [{ path: "ttl", message: "too long" }],
  });
}

async function createInvited(
  base: Base,
  { name, roles, ttl }: z.output<typeof InviteUserRequest>,
  others: readonly Write[],
): Promise<z.infer<typeof InviteUserResponse>> {
  const { account, write } = accountCreation(base, name);
  const invite = createInvite(base, name, account, ttl);
  const user = {
    kind: "user",
    version: "v2",
    metadata: { name },
    spec: { roles: [...new Set(roles)], status: "invited" },
  };
  const result = await base.store.commit([
    { type: "put", key: resourceKey("user", name), value: user, condition: { type: "absent" } },
    write,
    invite.write,
    ...others,
  ]);
  if (result.type === "conflict") throw result.index < 2 ? userExists(name) : rolesChanged();
  return invite.response;
}

/** An invite for the account: to go into a commit, and what its user is to be told once that is done. */
export function createInvite(
  base: Base,
  user: string,
  account: Account,
  ttl: string,
): { readonly write: Write; readonly response: z.infer<typeof InviteUserResponse> } {
  const secret = Buffer.from(base.random(secretBytes)).toString("base64url");
  const endsAt = base.clock() + parseDuration(ttl);
  const invite: InviteRecord = { user, account: loginStamp(account), ends_at: endsAt, spent: false };
  return {
    write: {
      type: "put",
      key: inviteKey(hashSecret(secret)),
      value: invite,
      expiresAt: endsAt + inviteKept,
      condition: { type: "absent" },
    },
    response: {
      user,
      invite_url: `${base.config.origins[0]}/invite#${secret}`,
      expires_at: formatTime(endsAt),
    },
  };
}

function rolesChanged(): Fault {
  return new Fault("resource.changed", "one of the roles was deleted at the same time", {
    hint: "look at them again, then repeat the change",
  });
}

function userExists(name: string): Fault {
  return new Fault("resource.exists", `the user \`${name}\` exists already`, {
    hint: "`postern users update` changes the roles of a user",
  });
}
