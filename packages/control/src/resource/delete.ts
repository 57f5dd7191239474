/** Deletes resources, with all that hangs on them. */

import { liftedDenials } from "@postern/core/access/escalation";
import type { ResourceKind } from "@postern/core/api/admin";
import { Fault } from "@postern/core/fault";
import type { Database } from "@postern/core/resource/db";
import type { Lock } from "@postern/core/resource/lock";
import type { Role } from "@postern/core/resource/role";
import type { JoinToken } from "@postern/core/resource/token";
import type { User } from "@postern/core/resource/user";
import type { Write } from "@postern/store/port";
import { eventWrites } from "../audit/append.ts";
import type { Call } from "../caller.ts";
import { changeWrites } from "../changes/append.ts";
import { accountDeletion, loadAccount, loginStamp } from "../identity/account.ts";
import { resourceKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { auditRefusal } from "../refusal.ts";
import { type ChangedResource, changeEvent, type Writer } from "./event.ts";
import { missingResource } from "./get.ts";
import { checkGrant } from "./grant-check.ts";
import { takeFromHolders } from "./holders.ts";
import { loadStored, type Stored } from "./load.ts";
import { type Holdings, requireRight } from "./right.ts";

/**
 * Deletes a role, a database, a join token for IAM, a lock, or a user. A role is taken from everybody who holds it; a user's password, login sessions
 * and running database sessions end with him.
 * @throws Fault `access.denied`, `resource.missing`, `limit.exceeded` for a role that too many hold, or
 *   `resource.changed` where somebody else wrote at the same time. Each is audited.
 */
export async function deleteResource(
  base: Base,
  call: Call<Writer>,
  { kind, name }: { kind: ResourceKind; name: string },
): Promise<Record<string, never>> {
  if (kind === "db_server") throw notDeletable();
  const changed: ChangedResource = kind === "user" ? { kind, name, roles: [] } : { kind, name };
  await auditRefusal(
    base,
    (refusal) => changeEvent(call, "delete", changed, refusal),
    async () => {
      const holdings = await requireRight(base, call.caller, { resource: kind, verb: "delete" });
      const stored = await loadStored(base, kind, name);
      if (!stored) throw await missingResource(base, kind, name);
      const { escalated, writes } = await endingOf(base, call, holdings, stored.resource);
      const reasons = escalated.length > 0 ? { reasons: [...escalated] } : {};
      const event = changeEvent(call, "delete", changed, { success: true, ...reasons });
      await commitDelete(base, stored, [...writes, ...eventWrites(base, [event])]);
    },
  );
  return {};
}

async function commitDelete(
  base: Base,
  { resource, version }: Stored<Deletable>,
  others: readonly Write[],
): Promise<void> {
  const { kind, metadata } = resource;
  const key = resourceKey(kind, metadata.name);
  const result = await base.store.commit([
    { type: "delete", key, condition: { type: "version", version } },
    ...others,
  ]);
  if (result.type === "committed") return;
  throw new Fault("resource.changed", `the ${kind} \`${metadata.name}\` was changed at the same time`, {
    hint: "look at it again, then repeat the change",
  });
}

type Deletable = Role | User | Database | JoinToken | Lock;

interface Ending {
  /** Rights that the deletion gives by `escalate`: what a deleted role denied. */
  readonly escalated: readonly string[];
  readonly writes: readonly Write[];
}

/** What ends with a resource, in the same commit. */
async function endingOf(
  base: Base,
  call: Call<Writer>,
  holdings: Holdings,
  resource: Deletable,
): Promise<Ending> {
  switch (resource.kind) {
    // Hosts that joined by a token lose their identity with it at their next renewal.
    case "token":
    case "lock":
    case "db":
      return { escalated: [], writes: [] };
    case "user":
      return { escalated: [], writes: await userEnding(base, resource.metadata.name) };
    case "role": {
      const escalated = checkGrant(base, holdings, "role", liftedDenials(resource, undefined));
      return { escalated, writes: await takeFromHolders(base, call, resource.metadata.name) };
    }
  }
}

/** Login sessions hang on the account, so they end with it; hosts are told to close the user's connections. */
async function userEnding(base: Base, user: string): Promise<Write[]> {
  const account = await loadAccount(base, user);
  return [
    ...accountDeletion(user),
    ...changeWrites(base, [
      {
        type: "user_ended",
        user,
        account: account ? loginStamp(account) : null,
        reason: "the user was deleted",
      },
    ]),
  ];
}

function notDeletable(): Fault {
  return new Fault("input.invalid", "hosts say which databases they serve: there is nothing to delete", {
    hint: "stop the host, or take the database out of its configuration",
  });
}
