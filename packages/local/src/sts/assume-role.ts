/**
 * `sts:AssumeRole`, decided as IAM does: the trust policy of the role, the caller's own policies, and his permissions boundary
 * ("Policy evaluation logic" and "Cross-account policy evaluation logic", IAM user guide; API_AssumeRole).
 */
import { hour, minute, second } from "@postern/core/time";
import type { Directory, Principal, SessionCredentials } from "./directory.ts";
import { type Effect, evaluate, type PolicyRequest } from "./policy.ts";
import { invalid, notAuthorized } from "./refusal.ts";

export interface AssumedRole {
  readonly credentials: SessionCredentials;
  /** The session's own. */
  readonly arn: string;
}

type Role = NonNullable<ReturnType<Directory["role"]>>;

/** @throws StsRefusal */
export function assumeRole(
  directory: Directory,
  caller: Principal,
  form: URLSearchParams,
  now: number,
): AssumedRole {
  const roleArn = form.get("RoleArn") ?? "";
  const name = requireName(form.get("RoleSessionName"), "roleSessionName");
  if (form.has("SourceIdentity")) requireName(form.get("SourceIdentity"), "sourceIdentity");
  const role = directory.role(roleArn);
  const actions = ["sts:AssumeRole", ...(form.has("SourceIdentity") ? ["sts:SetSourceIdentity"] : [])];
  // That there is no such role is told to nobody.
  if (role === undefined) throw notAuthorized(caller.arn, "sts:AssumeRole", `on resource: ${roleArn}`);
  for (const action of actions) requireAllowed(role, caller, requestFor(role, caller, action, form));
  const duration = requireDuration(role, caller, form.get("DurationSeconds"));
  const credentials = directory.openSession(role, name, now + duration);
  const { principal } = directory.key(credentials.accessKeyId) ?? { principal: caller };
  return { credentials, arn: principal.arn };
}

function requireName(text: string | null, field: string): string {
  if (text !== null && /^[\w+=,.@-]{2,64}$/.test(text)) return text;
  throw invalid(
    `1 validation error detected: Value '${text ?? ""}' at '${field}' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
  );
}

function requestFor(role: Role, caller: Principal, action: string, form: URLSearchParams): PolicyRequest {
  const context = new Map([["aws:PrincipalArn", caller.roleArn ?? caller.arn]]);
  for (const field of ["ExternalId", "SourceIdentity", "RoleSessionName"]) {
    const value = form.get(field);
    if (value !== null) context.set(`sts:${field}`, value);
  }
  const root = `${caller.arn.split(":").slice(0, 2).join(":")}:iam::${caller.account}:root`;
  const own = caller.roleArn === undefined ? [caller.arn] : [caller.arn, caller.roleArn];
  return { action, resource: role.arn, principals: [...own, root, caller.account], context };
}

/** Denies come first; then whose allow is missing. */
function requireAllowed(role: Role, caller: Principal, request: PolicyRequest): void {
  const verdict = judge(role, caller, request);
  if (verdict === undefined) return;
  throw notAuthorized(caller.arn, request.action, verdict);
}

/** AWS's words for what refused; undefined for what may be done. */
function judge(role: Role, caller: Principal, request: PolicyRequest): string | undefined {
  const on = `on resource: ${role.arn}`;
  const isOwnAccount = role.arn.split(":")[4] === caller.account;
  const identity = evaluate(caller.policies, request);
  const boundary: Effect = caller.boundary === undefined ? "allow" : evaluate([caller.boundary], request);
  const trust = evaluate([role.trust], request);
  if (identity === "deny") return `${on} with an explicit deny in an identity-based policy`;
  if (boundary === "deny") return `${on} with an explicit deny in a permissions boundary`;
  // Another account's policy is not told of.
  if (trust === "deny") return isOwnAccount ? "with an explicit deny in the role trust policy" : on;
  const noTrust = `because no role trust policy allows the ${request.action} action`;
  if (trust === "nothing") return isOwnAccount ? noTrust : on;
  if (isOwnAccount && isNamed(role, caller, request)) return undefined;
  if (identity === "nothing")
    return `${on} because no identity-based policy allows the ${request.action} action`;
  if (boundary === "nothing")
    return `${on} because no permissions boundary allows the ${request.action} action`;
  return undefined;
}

/** In one account a trust policy that names the user, or the very session, gives the right by itself. */
function isNamed(role: Role, { arn }: Principal, request: PolicyRequest): boolean {
  return evaluate([role.trust], { ...request, principals: [arn] }) === "allow";
}

const minDuration = 15 * minute;
const maxDuration = 12 * hour;

/** Milliseconds. An hour where nothing is asked for. */
function requireDuration(role: Role, caller: Principal, text: string | null): number {
  const duration = text === null ? hour : Number(text) * second;
  if (!(duration >= minDuration && duration <= maxDuration)) {
    throw invalid(
      `1 validation error detected: Value '${text ?? ""}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900`,
    );
  }
  if (caller.roleArn !== undefined && duration > hour)
    throw invalid(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  if (duration > role.maxSessionSeconds * second)
    throw invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  return duration;
}
