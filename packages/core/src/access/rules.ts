import { allowOf, denyOf, type Role } from "../resource/role.ts";
import { type Rule, type RuleResource, ruleResources, type Verb, verbs } from "../resource/rule.ts";
import { type Reason, sortReasons } from "./reason.ts";

/** The verdict on an act on Postern's own resources. */
export type RuleDecision =
  | { readonly type: "allow"; readonly role: string }
  | { readonly type: "deny"; readonly reasons: readonly Reason[] };

/**
 * Whether the roles' `rules` allow a verb on a kind of resource; any role's deny refuses first. `*` among the verbs
 * allows all but `escalate`, which a role has to name; as a denial it covers `escalate` as well.
 */
export function checkRule(roles: readonly Role[], resource: RuleResource, verb: Verb): RuleDecision {
  const value = `${verb} ${resource}`;
  const denying = roles.filter((role) => denyOf(role).rules?.some((rule) => denies(rule, resource, verb)));
  if (denying.length > 0) {
    return deny(denying.map((role) => ({ role: role.metadata.name, rule: "deny.rules", value })));
  }
  const allowing = roles.filter((role) => allowOf(role).rules?.some((rule) => allows(rule, resource, verb)));
  const [first] = allowing.map((role) => role.metadata.name).sort();
  return first === undefined
    ? deny([{ role: null, rule: "no-role-matches" }])
    : { type: "allow", role: first };
}

/** All that the roles' `rules` allow; a resource of which they allow nothing is left out. */
export function allowedVerbs(roles: readonly Role[]): Partial<Record<RuleResource, Verb[]>> {
  const entries = ruleResources.map((resource) => {
    const allowed = verbs.filter((verb) => checkRule(roles, resource, verb).type === "allow");
    return [resource, allowed] as const;
  });
  return Object.fromEntries(entries.filter(([, allowed]) => allowed.length > 0));
}

function deny(reasons: readonly Reason[]): RuleDecision {
  return { type: "deny", reasons: sortReasons(reasons) };
}

function denies(rule: Rule, resource: RuleResource, verb: Verb): boolean {
  return speaksOf(rule, resource) && (rule.verbs.includes(verb) || rule.verbs.includes("*"));
}

function allows(rule: Rule, resource: RuleResource, verb: Verb): boolean {
  const every = rule.verbs.includes("*") && verb !== "escalate";
  return speaksOf(rule, resource) && (rule.verbs.includes(verb) || every);
}

function speaksOf(rule: Rule, resource: RuleResource): boolean {
  return rule.resources.includes(resource) || rule.resources.includes("*");
}
