/** Nobody gives what he hasn't (ROLES.md, "granting"), unless a role of his names the verb `escalate`. */
import { isDeepStrictEqual } from "node:util";
import { liftedDenials, missingRights, type Right } from "@postern/core/access/escalation";
import { expandRole } from "@postern/core/access/template";
import { createId } from "@postern/core/id";
import type { Role } from "@postern/core/resource/role";
import type { Traits, User } from "@postern/core/resource/user";
import type { Base } from "../ports.ts";
import { AccessDenied } from "../refusal.ts";
import { loadRoles, loadStored } from "./load.ts";
import { type Holdings, missingRight } from "./right.ts";

/** The roles that a write of this role gives to its holders: the role, and what it denies them no longer. */
export function grantedByRole(before: Role | undefined, after: Role): readonly Role[] {
  return before ? [after, ...liftedDenials(before, after)] : [after];
}

/** What a user holds: roles, and the traits that fill their templates. */
export interface Held {
  readonly roles: readonly string[];
  readonly traits: Traits;
}

export function heldBy(user: User | undefined): Held {
  return { roles: user?.spec.roles ?? [], traits: user?.spec.traits ?? {} };
}

/**
 * The roles that a user gains, those that his traits fill otherwise than before, and what he was denied and is no longer.
 * What he keeps is no gift.
 */
export async function grantedToUser(base: Base, before: Held, after: Held): Promise<readonly Role[]> {
  const added = await loadRoles(
    base,
    after.roles.filter((name) => !before.roles.includes(name)),
  );
  // A role that doesn't exist any more must not keep an admin from taking it away.
  const held = await Promise.all(before.roles.map((name) => loadStored(base, "role", name)));
  const changed = held.flatMap((stored) => {
    if (!stored) return [];
    const was = expandRole(stored.resource, before.traits);
    if (!after.roles.includes(stored.resource.metadata.name)) return liftedDenials(was, undefined);
    const is = expandRole(stored.resource, after.traits);
    return isDeepStrictEqual(was, is) ? [] : [is, ...liftedDenials(was, is)];
  });
  return [...added.map((role) => expandRole(role, after.traits)), ...changed];
}

/**
 * @returns the rights that the writer grants without holding them, for the audit log; empty as a rule
 * @throws AccessDenied where there are any and the writer may not escalate
 */
export function checkGrant(
  base: Base,
  holdings: Holdings,
  resource: "role" | "user",
  granted: readonly Role[],
): readonly string[] {
  if (holdings === "all") return [];
  const missing = missingRights(holdings, granted).map(formatRight);
  if (missing.length === 0 || missingRight(holdings, { resource, verb: "escalate" }) === undefined)
    return missing;
  throw new AccessDenied("this would grant rights that you don't hold", missing, {
    hint: `nobody grants what he hasn't: ask somebody who holds them, or who may \`escalate\` a ${resource}`,
    decision_id: createId("decision", base.clock(), base.random),
  });
}

function formatRight({ role, rule, value }: Right): string {
  return `role \`${role}\`: ${rule}: \`${value}\``;
}
