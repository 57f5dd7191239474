import type { Labels } from "../label/labels.ts";
import { brokenEntries, conditionCount, denialsOf, lacksOf } from "./conditions.ts";
import type { Decision } from "./decision.ts";
import { mergeOptions } from "./options.ts";
import { maxSubjectLength } from "./pattern.ts";
import { type Reason, sortReasons } from "./reason.ts";
import { type AccessRequest, activeHoldings, type RoleHolding } from "./request.ts";

/**
 * Whether the actor may open the database as this database user. Synchronous and total: it never throws, and what it
 * can't understand it refuses. In this order:
 *
 * 1. a request that PostgreSQL would understand otherwise than we do is refused;
 * 2. any entry of any role's deny part that hits, or is broken, refuses;
 * 3. one role whose allow part has the labels, the user and the name allows; a role with a broken entry doesn't;
 * 4. everything else is refused.
 */
export function decide(request: AccessRequest): Decision {
  const invalid = invalidParts(request);
  if (invalid.length > 0) return { type: "deny", reasons: invalid };
  const holdings = activeHoldings(request.roles, request.now);
  const denials = holdings.flatMap(({ role }) => denialsOf(role, request));
  const broken = holdings.flatMap(({ role }) => brokenEntries(role, "allow"));
  if (denials.length > 0) return deny([...denials, ...broken]);
  const granting = lastToEnd(holdings.filter((holding) => grants(holding, request)));
  if (granting === undefined) return deny([noRoleMatches, ...nearMisses(holdings, request), ...broken]);
  return {
    type: "allow",
    role: granting.role.metadata.name,
    ...(granting.until === undefined ? {} : { ends_at: granting.until }),
    options: mergeOptions(holdings.map(({ role }) => role)),
    warnings: sortReasons(broken),
  };
}

const noRoleMatches: Reason = { role: null, rule: "no-role-matches" };

function deny(reasons: readonly Reason[]): Decision {
  return { type: "deny", reasons: sortReasons(reasons) };
}

function grants({ role }: RoleHolding, request: AccessRequest): boolean {
  return lacksOf(role, request).length === 0 && brokenEntries(role, "allow").length === 0;
}

/** Of several granting roles the one held longest counts, then the first by name: their order must not matter. */
function lastToEnd(holdings: readonly RoleHolding[]): RoleHolding | undefined {
  return holdings.toSorted((a, b) => {
    if (end(a) !== end(b)) return end(a) > end(b) ? -1 : 1;
    return a.role.metadata.name < b.role.metadata.name ? -1 : 1;
  })[0];
}

function end({ until }: RoleHolding): number {
  return until ?? Number.POSITIVE_INFINITY;
}

/** What each role lacked that has at least something of what was asked for. */
function nearMisses(holdings: readonly RoleHolding[], request: AccessRequest): readonly Reason[] {
  return holdings
    .map(({ role }) => lacksOf(role, request))
    .filter((lacks) => lacks.length < conditionCount)
    .flat();
}

/** PostgreSQL's NAMEDATALEN (64) less the final NUL. */
const maxNameBytes = 63;

/**
 * PostgreSQL cuts longer names off (ProcessStartupPacket), so that 64 bytes could reach the user or database that a deny
 * of 63 names.
 */
function invalidParts({ db_user, db_name, database }: AccessRequest): readonly Reason[] {
  const values = [
    ...(isCatalogName(db_user) ? [] : ["the database user is empty, longer than 63 bytes or not a text"]),
    ...(isCatalogName(db_name) ? [] : ["the database name is empty, longer than 63 bytes or not a text"]),
    ...(hasLongLabel(database.labels)
      ? [`a label of the database is longer than ${maxSubjectLength} characters`]
      : []),
  ];
  return values.map((value) => ({ role: null, rule: "invalid-request", value }));
}

function hasLongLabel(labels: Labels): boolean {
  return Object.values(labels).some((value) => value.length > maxSubjectLength);
}

function isCatalogName(name: string): boolean {
  if (name === "" || name.includes("\0")) return false;
  return name.isWellFormed() && new TextEncoder().encode(name).length <= maxNameBytes;
}
