/** Deletes resources, with all that hangs on them. */

import type { ResourceKind } from "@postern/core/api/admin";
import { Fault, invariant } from "@postern/core/fault";
import type { Write } from "@postern/store/port";
import { eventWrites } from "../audit/append.ts";
import type { Call } from "../caller.ts";
import { changeWrites } from "../changes/append.ts";
import { accountDeletion } from "../identity/account.ts";
import { resourceKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { auditRefusal } from "../refusal.ts";
import { type ChangedResource, changeEvent, type Writer } from "./event.ts";
import { missingResource } from "./get.ts";
import { loadStored } from "./load.ts";
import { assertUnused } from "./reference.ts";
import { requireRight } from "./right.ts";

/**
 * Deletes a role that nobody holds, a database, or a user: his password, login sessions and running database sessions
 * end with him.
 * @throws Fault `access.denied`, `resource.missing`, `input.invalid` for a role that is held, or `resource.changed`
 *   where somebody else wrote it at the same time. Each is audited.
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
      await requireRight(base, call.caller, { resource: kind, verb: "delete" });
      if (kind === "role") await assertUnused(base, name);
      const event = changeEvent(call, "delete", changed, { success: true });
      await commitDelete(base, kind, name, eventWrites(base, [event]));
    },
  );
  return {};
}

async function commitDelete(
  base: Base,
  kind: "role" | "user" | "db",
  name: string,
  events: readonly Write[],
): Promise<void> {
  const stored = await loadStored(base, kind, name);
  if (!stored) throw await missingResource(base, kind, name);
  const result = await base.store.commit([
    { type: "delete", key: resourceKey(kind, name), condition: { type: "version", version: stored.version } },
    ...(kind === "user" ? userEnding(base, name) : []),
    ...events,
  ]);
  if (result.type === "committed") return;
  invariant(result.index === 0, "only the resource's own version can be in the way");
  throw new Fault("resource.changed", `the ${kind} \`${name}\` was changed at the same time`, {
    hint: "look at it again, then repeat the change",
  });
}

/** Login sessions hang on the account, so they end with it; hosts are told to close the user's connections. */
function userEnding(base: Base, user: string): Write[] {
  return [
    ...accountDeletion(user),
    ...changeWrites(base, [{ type: "user_ended", user, reason: "the user was deleted" }]),
  ];
}

function notDeletable(): Fault {
  return new Fault("input.invalid", "hosts say which databases they serve: there is nothing to delete", {
    hint: "stop the host, or take the database out of its configuration",
  });
}
