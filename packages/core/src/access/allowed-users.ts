import type { Labels } from "../label/labels.ts";
import { matchesLabels } from "../label/selector.ts";
import { allowOf, denyOf, type Role } from "../resource/role.ts";
import { brokenEntries, labelDenial } from "./conditions.ts";
import { isLiteral, matchesAny } from "./pattern.ts";

/** Database users that roles allow on one database: patterns, and the denied ones where `allow` has more than literals. */
export interface AllowedUsers {
  readonly allow: readonly string[];
  readonly except: readonly string[];
}

/**
 * As which users the roles let a person open the database, for `postern db ls`. A summary: which of them may open which
 * database name, only `decide` says.
 */
export function allowedUsers(roles: readonly Role[], database: { readonly labels: Labels }): AllowedUsers {
  const denied = unique(roles.flatMap((role) => denyOf(role).db_users ?? []));
  const nothing = isDenied(roles, database.labels) || denied.includes("*");
  if (nothing || roles.some((role) => denyOf(role).db_names?.includes("*"))) return { allow: [], except: [] };
  const users = rolesFor(roles, database.labels)
    .map(allowOf)
    .filter(({ db_names = [] }) => db_names.length > 0)
    .flatMap(({ db_users = [] }) => db_users);
  const allow = unique(users).filter((user) => !isExcluded(user, denied));
  return { allow, except: allow.every(isLiteral) ? [] : denied };
}

/** True when the roles let a person see the database: by its labels alone, whatever users and names they allow. */
export function mayListDatabase(roles: readonly Role[], database: { readonly labels: Labels }): boolean {
  return !isDenied(roles, database.labels) && rolesFor(roles, database.labels).length > 0;
}

/** The column of `postern db ls`: `[*]`, `[a b]`, `[* a], except: [c]` or `(none)`. */
export function formatAllowedUsers({ allow, except }: AllowedUsers): string {
  if (allow.length === 0) return "(none)";
  return `[${allow.join(" ")}]${except.length === 0 ? "" : `, except: [${except.join(" ")}]`}`;
}

/** Labels that a deny part selects, or a deny part that can't be read, hide the database. */
function isDenied(roles: readonly Role[], labels: Labels): boolean {
  return roles.some((role) => labelDenial(role, labels).length > 0 || brokenEntries(role, "deny").length > 0);
}

/** The roles whose allow part speaks of databases with these labels. */
function rolesFor(roles: readonly Role[], labels: Labels): readonly Role[] {
  return roles.filter(
    (role) =>
      matchesLabels(allowOf(role).db_labels ?? {}, labels) && brokenEntries(role, "allow").length === 0,
  );
}

function isExcluded(user: string, denied: readonly string[]): boolean {
  return denied.includes(user) || (isLiteral(user) && matchesAny(denied, user, "whole"));
}

/** Each once, sorted; `*` sorts before letters, as people expect. */
function unique(patterns: readonly string[]): readonly string[] {
  return [...new Set(patterns)].sort();
}
