/** Nobody gives what he hasn't (ROLES.md, "granting"), unless a role of his names the verb `escalate`. */
import { liftedDenials, missingRights, type Right } from "@postern/core/access/escalation";
import { createId } from "@postern/core/id";
import type { Role } from "@postern/core/resource/role";
import type { Base } from "../ports.ts";
import { AccessDenied } from "../refusal.ts";
import { loadRoles, loadStored } from "./load.ts";
import { type Holdings, missingRight } from "./right.ts";

/** The roles that a write of this role gives to its holders: the role, and what it denies them no longer. */
export function grantedByRole(before: Role | undefined, after: Role): readonly Role[] {
  return before ? [after, ...liftedDenials(before, after)] : [after];
}

/** The roles that a user gains, and what the roles that he loses denied him. Those that he keeps are no gift. */
export async function grantedByRoles(
  base: Base,
  before: readonly string[],
  after: readonly string[],
): Promise<readonly Role[]> {
  const added = await loadRoles(
    base,
    after.filter((name) => !before.includes(name)),
  );
  const removed = before.filter((name) => !after.includes(name));
  // A role that doesn't exist any more must not keep an admin from taking it away.
  const stored = await Promise.all(removed.map((name) => loadStored(base, "role", name)));
  return [...added, ...stored.flatMap((role) => (role ? liftedDenials(role.resource, undefined) : []))];
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
