/** Creates and replaces resources. */
import type { WriteResourceRequest, WriteResourceResponse } from "@postern/core/api/admin";
import { Fault } from "@postern/core/fault";
import { formatResource } from "@postern/core/resource/format";
import { isInForce, type Lock, lockReason } from "@postern/core/resource/lock";
import type { Resource } from "@postern/core/resource/resource";
import type { Put, Write } from "@postern/store/port";
import type { z } from "zod";
import { eventWrites } from "../audit/append.ts";
import type { Call } from "../caller.ts";
import { changeWrites } from "../changes/append.ts";
import { accountCreation } from "../identity/account.ts";
import { creatorFrom } from "../identity/creator.ts";
import { resourceKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { auditRefusal } from "../refusal.ts";
import { toValue } from "../value.ts";
import { type ChangedResource, changeEvent, type Writer } from "./event.ts";
import { checkGrant, grantedByRole, grantedToUser, type Held, heldBy } from "./grant-check.ts";
import { takeFromHolders } from "./holders.ts";
import { loadStored, type Stored } from "./load.ts";
import { presenceChecks } from "./reference.ts";
import { type Holdings, requireRight } from "./right.ts";

/**
 * Creates the resource, or replaces it where `replace` says so.
 * @throws Fault `access.denied`, `resource.exists`, `input.invalid` for roles that don't exist, or `resource.changed`
 *   where somebody else wrote it at the same time, or since the caller read it. Each is audited.
 */
export async function writeResource(
  base: Base,
  call: Call<Writer>,
  { resource, replace, unchanged_from: expected }: WriteResourceRequest,
): Promise<z.infer<typeof WriteResourceResponse>> {
  const before: Stored<Resource> | undefined = await loadStored(base, resource.kind, resource.metadata.name);
  const act = before ? "update" : "create";
  const changed = changedFrom(resource);
  await auditRefusal(
    base,
    (refusal) => changeEvent(call, act, changed, refusal),
    async () => {
      const holdings = await requireRight(base, call.caller, { resource: resource.kind, verb: act });
      if (before && !replace) throw exists(resource);
      if (expected && !isSame(before?.resource, expected)) throw changedMeanwhile(resource);
      const { escalated, checks } = await checkReferences(base, call, holdings, before?.resource, resource);
      const reasons = escalated.length > 0 ? { reasons: [...escalated] } : {};
      const event = changeEvent(call, act, changed, { success: true, ...reasons });
      const put = await putOf(base, call, before, resource);
      await commitWrite(base, put, resource, [...checks, ...eventWrites(base, [event])]);
    },
  );
  return { resource, created: act === "create" };
}

function changedFrom(resource: Resource): ChangedResource {
  const { name } = resource.metadata;
  return resource.kind === "user"
    ? { kind: "user", name, roles: resource.spec.roles }
    : { kind: resource.kind, name };
}

function exists({ kind, metadata }: Resource): Fault {
  return new Fault("resource.exists", `the ${kind} \`${metadata.name}\` exists already`, {
    hint: "to replace it, write it with `--force`",
  });
}

interface CheckedReferences {
  /** Rights granted by `escalate`. */
  readonly escalated: readonly string[];
  /** What else must hold, or be made so, in the same commit: that the roles named are still there, say. */
  readonly checks: readonly Write[];
}

async function checkReferences(
  base: Base,
  call: Call<Writer>,
  holdings: Holdings,
  before: Resource | undefined,
  resource: Resource,
): Promise<CheckedReferences> {
  switch (resource.kind) {
    // What a token's hosts may do is bounded by its writer's rights, whenever they do it.
    case "token":
    case "db":
      return { escalated: [], checks: [] };
    // Who is locked out loses what he has open.
    case "lock":
      return { escalated: [], checks: lockedOut(base, resource) };
    case "role": {
      const granted = grantedByRole(before?.kind === "role" ? before : undefined, resource);
      const escalated = checkGrant(base, holdings, "role", granted);
      // Who was given the name while the role of this name was being deleted, was given another role than this.
      return { escalated, checks: before ? [] : await takeFromHolders(base, call, resource.metadata.name) };
    }
    case "user": {
      const held = heldBy(before?.kind === "user" ? before : undefined);
      return await checkRoles(base, holdings, held, heldBy(resource));
    }
  }
}

function lockedOut(base: Base, lock: Lock): Write[] {
  if (!isInForce(lock, base.clock())) return [];
  return changeWrites(base, [
    { type: "user_ended", user: lock.spec.target.user, account: null, reason: lockReason(lock) },
  ]);
}

/** Checks that a user may be given these roles and traits instead of those that he held. */
export async function checkRoles(
  base: Base,
  holdings: Holdings,
  before: Held,
  after: Held,
): Promise<CheckedReferences> {
  const checks = await presenceChecks(base, after.roles, before.roles);
  const granted = await grantedToUser(base, before, after);
  return { escalated: checkGrant(base, holdings, "user", granted), checks };
}

async function putOf(
  base: Base,
  { caller }: Call<Writer>,
  before: Stored | undefined,
  resource: Resource,
): Promise<Put> {
  const { kind, metadata } = resource;
  const kept = kind === "token" ? { resource, created_by: await creatorFrom(base, caller) } : resource;
  return {
    type: "put",
    key: resourceKey(kind, metadata.name),
    value: toValue(kept),
    condition: before ? { type: "version", version: before.version } : { type: "absent" },
  };
}

async function commitWrite(
  base: Base,
  put: Put,
  { kind, metadata }: Resource,
  others: readonly Write[],
): Promise<void> {
  const isNew = put.condition.type === "absent";
  const account = kind === "user" && isNew ? [accountCreation(base, metadata.name).write] : [];
  const result = await base.store.commit([put, ...account, ...others]);
  if (result.type === "conflict") throw changedMeanwhile({ kind, metadata });
}

/** In their canonical form: who reads a resource gets no version of it, and needs none. */
function isSame(stored: Resource | undefined, expected: Resource): boolean {
  return stored !== undefined && formatResource(stored) === formatResource(expected);
}

function changedMeanwhile({ kind, metadata }: Pick<Resource, "kind" | "metadata">): Fault {
  return new Fault("resource.changed", `the ${kind} \`${metadata.name}\` was changed at the same time`, {
    hint: "look at it again, then repeat the change",
  });
}
