/** Nobody gives what he hasn't (ROLES.md, "granting"), unless he holds the verb `escalate`. */
import { coversSelector, formatSelector } from "../label/selector.ts";
import { allowOf, type Conditions, denyOf, type Role } from "../resource/role.ts";
import type { Rule } from "../resource/rule.ts";
import {
  type Holder,
  holderOf,
  holdsDatabaseRole,
  holdsLabels,
  holdsRule,
  holdsUser,
  type RulePair,
} from "./holder.ts";

/** A right that a role grants: the role and the entry of its allow part. */
export interface Right {
  readonly role: string;
  readonly rule: "allow.db_labels" | "allow.db_users" | "allow.db_roles" | "allow.rules";
  readonly value: string;
}

/**
 * The rights in the granted roles' allow parts that the writer's roles don't plainly hold. For a role that is changed or
 * deleted, grant `liftedDenials` as well.
 */
export function missingRights(writerRoles: readonly Role[], granted: readonly Role[]): readonly Right[] {
  const writer = holderOf(writerRoles);
  return granted.flatMap((role) => missingOf(writer, role));
}

function missingOf(writer: Holder, role: Role): readonly Right[] {
  const { db_labels = {}, db_users = [], db_names = [], db_roles = [], rules = [] } = allowOf(role);
  const right = (rule: Right["rule"]) => (value: string) => ({ role: role.metadata.name, rule, value });
  const selects = Object.keys(db_labels).length > 0;
  const opens = selects && db_names.length > 0;
  return [
    ...(selects && !holdsLabels(writer, role) ? [right("allow.db_labels")(formatSelector(db_labels))] : []),
    ...(opens ? db_users.filter((user) => !holdsUser(writer, role, user)) : []).map(right("allow.db_users")),
    ...db_roles.filter((name) => !holdsDatabaseRole(writer, name)).map(right("allow.db_roles")),
    ...rulePairs(rules)
      .filter((pair) => !holdsRule(writer, pair))
      .map(formatPair)
      .map(right("allow.rules")),
  ];
}

/**
 * What the change of a role gives its holders by denying less, as roles that allow just that; `after` is undefined for a
 * role that is deleted.
 */
export function liftedDenials(before: Role, after: Role | undefined): readonly Role[] {
  const was = denyOf(before);
  const is = after === undefined ? {} : denyOf(after);
  const users = without(was.db_users, is.db_users);
  const names = without(was.db_names, is.db_names);
  const dbRoles = without(was.db_roles, is.db_roles);
  const rules = liftedRules(was.rules, is.rules);
  const everything = { db_labels: { "*": "*" }, db_users: ["*"], db_names: ["*"] };
  const lifted: readonly Conditions[] = [
    ...(users.length > 0 ? [{ ...everything, db_users: users }] : []),
    ...(names.length > 0 ? [{ ...everything, db_names: names }] : []),
    ...(coversSelector(is.db_labels ?? {}, was.db_labels ?? {})
      ? []
      : [{ ...everything, db_labels: was.db_labels }]),
    ...(dbRoles.length > 0 ? [{ db_roles: dbRoles }] : []),
    ...(rules.length > 0 ? [{ rules }] : []),
  ];
  return lifted.map((allow) => ({ ...before, version: "v8", spec: { allow } }));
}

function without(list: readonly string[] = [], kept: readonly string[] = []): string[] {
  return list.filter((entry) => !kept.includes(entry));
}

/** Denying the verb `*` denies `escalate` as well, allowing it doesn't allow that. */
function liftedRules(was: readonly Rule[] = [], is: readonly Rule[] = []): Rule[] {
  const kept = new Set(rulePairs(is).map(formatPair));
  return rulePairs(was)
    .filter((pair) => !kept.has(formatPair(pair)))
    .map(({ resource, verb }) => ({
      resources: [resource],
      verbs: verb === "*" ? ["*", "escalate"] : [verb],
    }));
}

function rulePairs(rules: readonly Rule[]): readonly RulePair[] {
  return rules.flatMap(({ resources, verbs }) =>
    resources.flatMap((resource) => verbs.map((verb) => ({ resource, verb }))),
  );
}

function formatPair({ resource, verb }: RulePair): string {
  return `${verb} ${resource}`;
}
