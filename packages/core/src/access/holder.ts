/**
 * Which rights somebody holds himself. Conservative: a right counts as held only where that is plain (the same pattern,
 * his `*`, or a literal that his pattern matches) and nothing denied to him could be among it.
 */
import { coversSelector } from "../label/selector.ts";
import { allowOf, type Conditions, denyOf, type Role } from "../resource/role.ts";
import type { Rule } from "../resource/rule.ts";
import { brokenEntries } from "./conditions.ts";
import { coversPattern, isLiteral, matchesAny } from "./pattern.ts";

/** Somebody's roles as what they allow and what they deny him. */
export interface Holder {
  readonly allows: readonly Conditions[];
  readonly denies: readonly Conditions[];
}

/** A verb on a kind of resource, either of which may be `*`. */
export interface RulePair {
  readonly resource: Rule["resources"][number];
  readonly verb: Rule["verbs"][number];
}

/** Broken entries count as `decide` counts them: in an allow part they void the role, in a deny part they void all. */
export function holderOf(roles: readonly Role[]): Holder {
  const refused = roles.some((role) => brokenEntries(role, "deny").length > 0);
  const sound = refused ? [] : roles.filter((role) => brokenEntries(role, "allow").length === 0);
  return { allows: sound.map(allowOf), denies: roles.map(denyOf) };
}

/** True when the holder sees all databases that the role shows. */
export function holdsLabels(holder: Holder, role: Role): boolean {
  const { db_labels = {} } = allowOf(role);
  return (
    deniesSameLabels(holder, role) &&
    holder.allows.some((allow) => coversSelector(allow.db_labels ?? {}, db_labels))
  );
}

/** True when one of the holder's roles opens all databases that the role opens as this user, under every name. */
export function holdsUser(holder: Holder, role: Role, user: string): boolean {
  const { db_labels = {}, db_names = [] } = allowOf(role);
  const opens = (allow: Conditions) =>
    coversSelector(allow.db_labels ?? {}, db_labels) &&
    covers(allow.db_users, user) &&
    db_names.every((name) => covers(allow.db_names, name));
  const undenied =
    deniesSameLabels(holder, role) &&
    isUndenied(holder, role, "db_users", user) &&
    db_names.every((name) => isUndenied(holder, role, "db_names", name));
  return undenied && holder.allows.some(opens);
}

/** True when the holder may be given this role of the database server. */
export function holdsDatabaseRole(holder: Holder, name: string): boolean {
  const denied = holder.denies.some(({ db_roles = [] }) => db_roles.includes(name) || db_roles.includes("*"));
  return !denied && holder.allows.some(({ db_roles = [] }) => db_roles.includes(name));
}

/** True when the holder's rules allow the pair. A `*` takes his `*`; `*` doesn't hold `escalate`. */
export function holdsRule(holder: Holder, { resource, verb }: RulePair): boolean {
  const touches = ({ resources, verbs }: Rule) =>
    (resource === "*" || resources.includes(resource) || resources.includes("*")) &&
    (verb === "*" || verbs.includes(verb) || verbs.includes("*"));
  const grants = ({ resources, verbs }: Rule) =>
    (resources.includes(resource) || resources.includes("*")) &&
    (verbs.includes(verb) || (verbs.includes("*") && verb !== "escalate"));
  return (
    !holder.denies.some(({ rules = [] }) => rules.some(touches)) &&
    holder.allows.some(({ rules = [] }) => rules.some(grants))
  );
}

function covers(patterns: readonly string[] = [], narrow: string): boolean {
  return patterns.some((pattern) => coversPattern(pattern, narrow, "whole"));
}

/** Databases that the holder may not see must be denied by the role as well. */
function deniesSameLabels(holder: Holder, role: Role): boolean {
  const { db_labels: denied = {} } = denyOf(role);
  return holder.denies.every(({ db_labels = {} }) => coversSelector(denied, db_labels));
}

/** What is denied to the holder must be denied by the role as well, or plainly be something else. */
function isUndenied(holder: Holder, role: Role, key: "db_users" | "db_names", pattern: string): boolean {
  const kept = denyOf(role)[key] ?? [];
  const denied = holder.denies.flatMap((conditions) => conditions[key] ?? []);
  return denied.every(
    (entry) => kept.includes(entry) || (isLiteral(pattern) && !matchesAny([entry], pattern, "whole")),
  );
}
