/** What callers may do with Postern's own resources, by the `rules` of their roles as they are now. */
import { formatReason } from "@postern/core/access/reason";
import { checkRule } from "@postern/core/access/rules";
import { createId } from "@postern/core/id";
import type { Role } from "@postern/core/resource/role";
import type { RuleResource, Verb } from "@postern/core/resource/rule";
import type { CallerOf } from "../caller.ts";
import type { Base } from "../ports.ts";
import { AccessDenied } from "../refusal.ts";
import { loadHeldRoles } from "./load.ts";

export interface Right {
  readonly resource: RuleResource;
  readonly verb: Verb;
}

/** What somebody holds: roles, or everything. */
export type Holdings = readonly Role[] | "all";

/** The caller's roles, read now. */
export async function loadHoldings(base: Base, caller: CallerOf<"user" | "admin">): Promise<Holdings> {
  return caller.type === "admin" ? "all" : await loadHeldRoles(base, caller.user);
}

/**
 * @returns what the caller holds, for the checks that follow
 * @throws AccessDenied (Fault `access.denied`) where the right is missing, with a decision id
 */
export async function requireRight(
  base: Base,
  caller: CallerOf<"user" | "admin">,
  right: Right,
): Promise<Holdings> {
  const holdings = await loadHoldings(base, caller);
  const reasons = missingRight(holdings, right);
  if (reasons === undefined) return holdings;
  throw new AccessDenied(
    `this needs the right to ${right.verb} the resource \`${right.resource}\``,
    reasons,
    {
      hint: "ask an admin for a role whose `rules` allow it",
      decision_id: createId("decision", base.clock(), base.random),
    },
  );
}

/** Why the right is missing; undefined where it is held. */
export function missingRight(holdings: Holdings, { resource, verb }: Right): readonly string[] | undefined {
  if (holdings === "all") return undefined;
  const decision = checkRule(holdings, resource, verb);
  return decision.type === "allow" ? undefined : decision.reasons.map(formatReason);
}
