/** One role against one request: what in it denies, what it lacks to allow, what in it is broken. */
import { formatSelector, type LabelSelector, matchesLabels, selectorPatterns } from "../label/selector.ts";
import { allowOf, type Conditions, denyOf, type Role } from "../resource/role.ts";
import { type Anchoring, compilePattern, matchesAny } from "./pattern.ts";
import type { Reason, RoleRule } from "./reason.ts";
import type { AccessRequest } from "./request.ts";

type Target = Pick<AccessRequest, "database" | "db_user" | "db_name">;

/** Every entry of the deny part that hits. Greedy: labels, user and name refuse each by itself. A broken entry hits, too. */
export function denialsOf(role: Role, { database, db_user, db_name }: Target): readonly Reason[] {
  const deny = denyOf(role);
  return [
    ...labelDenial(role, database.labels),
    ...hits(role, "deny.db_users", deny.db_users, db_user),
    ...hits(role, "deny.db_names", deny.db_names, db_name),
    ...brokenEntries(role, "deny"),
  ];
}

/** The deny part's label selector, if it selects these labels. */
export function labelDenial(role: Role, labels: Target["database"]["labels"]): readonly Reason[] {
  const selector = denyOf(role).db_labels;
  if (selector === undefined || !matchesLabels(selector, labels)) return [];
  return [{ role: role.metadata.name, rule: "deny.db_labels", value: formatSelector(selector) }];
}

function hits(role: Role, rule: RoleRule, patterns: readonly string[] = [], name: string): readonly Reason[] {
  return patterns
    .filter((pattern) => matchesAny([pattern], name, "whole"))
    .map((value) => ({ role: role.metadata.name, rule, value }));
}

/**
 * What the role's allow part lacks for the request: empty when it allows it. Labels, user and name must all meet in this
 * one role. Absent or empty lists allow nothing.
 */
export function lacksOf(role: Role, { database, db_user, db_name }: Target): readonly Reason[] {
  const allow = allowOf(role);
  const lack = (rule: RoleRule, value: string): Reason => ({ role: role.metadata.name, rule, value });
  return [
    ...(matchesLabels(allow.db_labels ?? {}, database.labels)
      ? []
      : [lack("allow.db_labels", formatSelector(database.labels))]),
    ...(matchesAny(allow.db_users ?? [], db_user, "whole") ? [] : [lack("allow.db_users", db_user)]),
    ...(matchesAny(allow.db_names ?? [], db_name, "whole") ? [] : [lack("allow.db_names", db_name)]),
  ];
}

/** How many conditions a role has to meet: one that lacks all of them has nothing to do with the request. */
export const conditionCount = 3;

/** The entries of one side that can't be compiled. Roles are checked when they are written; this is for those that weren't. */
export function brokenEntries(role: Role, side: "allow" | "deny"): readonly Reason[] {
  const conditions: Conditions = side === "allow" ? allowOf(role) : denyOf(role);
  const labels: LabelSelector = conditions.db_labels ?? {};
  return [
    ...broken(role, `${side}.db_labels`, selectorPatterns(labels), "as-written"),
    ...broken(role, `${side}.db_users`, conditions.db_users ?? [], "whole"),
    ...broken(role, `${side}.db_names`, conditions.db_names ?? [], "whole"),
  ];
}

function broken(
  role: Role,
  rule: RoleRule,
  patterns: readonly string[],
  anchoring: Anchoring,
): readonly Reason[] {
  return patterns.flatMap((value) => {
    const pattern = compilePattern(value, anchoring);
    return pattern.type === "broken"
      ? [{ role: role.metadata.name, rule, value, problem: pattern.problem }]
      : [];
  });
}
