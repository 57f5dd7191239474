import { printable } from "../resource/printable.ts";

/** A part of a role that decides about databases, as its path in the file. */
export type RoleRule = `${"allow" | "deny"}.${"db_labels" | "db_users" | "db_names" | "rules"}`;

/**
 * Why something was refused, as data. `value` is the entry of the role that hit for `deny.*` and for broken entries,
 * and what was asked for and not found for `allow.*`; `problem` says what is wrong with a broken entry.
 */
export type Reason =
  | { readonly role: string; readonly rule: RoleRule; readonly value: string; readonly problem?: string }
  | { readonly role: null; readonly rule: "no-role-matches" }
  | { readonly role: null; readonly rule: "invalid-request"; readonly value: string };

/** Each reason once, in an order that doesn't depend on that of the roles. */
export function sortReasons(reasons: readonly Reason[]): readonly Reason[] {
  const byKey = new Map(reasons.map((reason) => [sortKey(reason), reason]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, reason]) => reason);
}

function sortKey(reason: Reason): string {
  const {
    role,
    rule,
    value,
    problem,
  }: { role: string | null; rule: string; value?: string; problem?: string } = reason;
  return JSON.stringify([role ?? "", rule, value ?? "", problem ?? ""]);
}

/** One line for the audit log and for `postern access explain`. Not for the refused person, whom it would tell too much. */
export function formatReason(reason: Reason): string {
  if (reason.role === null) return reason.rule === "no-role-matches" ? "no role allows it" : reason.value;
  const { role, rule, value, problem } = reason;
  const where = `role \`${printable(role)}\`: ${rule}`;
  const entry = `\`${printable(value)}\``;
  if (problem !== undefined) return `${where}: ${entry} ${problem}`;
  return rule.startsWith("deny.") ? `${where} has ${entry}` : `${where} has nothing for ${entry}`;
}
