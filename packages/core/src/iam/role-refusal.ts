/**
 * Why STS refused `sts:AssumeRole`, as far as its own words tell, and where to look. AWS names at most one kind of policy,
 * and none at all where the caller may not know ("Troubleshoot access denied error messages", IAM user guide).
 */
import { printable } from "../resource/printable.ts";

/** What STS answered, and what was asked of it. */
export interface RefusedRole {
  readonly roleArn: string;
  readonly externalId: string | null;
  /** STS's error code, such as `AccessDenied`. */
  readonly code: string;
  readonly message: string;
}

/** Kinds of policies that may have refused. */
export type PolicyKind =
  | "trust policy"
  | "permission policy"
  | "permissions boundary"
  | "session policy"
  | "service control policy"
  | "resource control policy"
  | "VPC endpoint policy";

export interface RoleRefusal {
  /** Undefined where AWS doesn't say. */
  readonly policy: PolicyKind | undefined;
  /** Names no role: for those who may not know of them. */
  readonly summary: string;
  /** Which role could not assume which, and why. */
  readonly detail: string;
  readonly hint: string;
}

/** AWS's words for each kind, within `because no … allows` and `with an explicit deny in …`. */
const kinds: readonly (readonly [RegExp, PolicyKind])[] = [
  [/role trust policy|resource-based policy/, "trust policy"],
  [/identity-based policy/, "permission policy"],
  [/permissions boundary/, "permissions boundary"],
  [/sessions? policy/, "session policy"],
  [/service control policy/, "service control policy"],
  [/resource control policy/, "resource control policy"],
  [/VPC endpoint policy/, "VPC endpoint policy"],
];

export function explainRefusedRole(refused: RefusedRole): RoleRefusal {
  const { roleArn, code, message } = refused;
  const [, caller] = /\bUser: (\S+)/.exec(message) ?? [];
  const who = printable(caller ?? "the control plane's authorize function");
  const said = code === "AccessDenied" ? message : `${code}: ${message}`;
  const policy = policyIn(message);
  const limit = limitIn(message);
  return {
    policy,
    summary: `sts:AssumeRole was refused: ${limit?.summary ?? whereToLook(policy)}`,
    detail: `${who} could not assume ${roleArn}: ${limit?.summary ?? whereToLook(policy)}. STS said: ${said.slice(0, 700)}`,
    hint: limit?.hint ?? hintFor(policy, refused, who, actionIn(message)),
  };
}

/** The last clause of the message names the kind; the names before it are people's own. */
function policyIn(message: string): PolicyKind | undefined {
  const [clause] = /(?:because (?:no|the) .* allows|with an explicit deny in) .*$/s.exec(message) ?? [];
  return clause === undefined ? undefined : kinds.find(([pattern]) => pattern.test(clause))?.[1];
}

function actionIn(message: string): string {
  return /not authorized to perform: (sts:\w+)/.exec(message)?.[1] ?? "sts:AssumeRole";
}

function whereToLook(policy: PolicyKind | undefined): string {
  switch (policy) {
    case undefined:
      return "AWS doesn't say by which policy; look at the role's trust policy, then at the caller's permission policy, then at its permissions boundary";
    case "trust policy":
      return "look at the trust policy of the role to assume";
    case "permission policy":
    case "permissions boundary":
    case "session policy":
      return `look at the ${policy} of the role that assumes`;
    case "service control policy":
    case "resource control policy":
      return `look at the organization's ${policy}`;
    case "VPC endpoint policy":
      return "look at the policy of the VPC endpoint for STS";
  }
}

function hintFor(
  policy: PolicyKind | undefined,
  { roleArn, externalId }: RefusedRole,
  who: string,
  action: string,
): string {
  const role = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  const sent = externalId === null ? "no external id was sent" : "an external id was sent";
  const trust = `the trust policy must let ${who} do sts:AssumeRole and sts:SetSourceIdentity, and its conditions must hold (${sent}): aws iam get-role --role-name ${role}`;
  switch (policy) {
    case undefined:
      return `${trust}; then ask what the caller may do: aws iam simulate-principal-policy --action-names sts:AssumeRole sts:SetSourceIdentity --resource-arns ${roleArn} --policy-source-arn THE-CALLERS-ROLE`;
    case "trust policy":
      return trust;
    default:
      return `the ${policy} must allow ${action} on ${roleArn}, and must not deny it`;
  }
}

/** What no policy decides. */
function limitIn(message: string): { readonly summary: string; readonly hint: string } | undefined {
  if (/role chaining/.test(message))
    return {
      summary: "a role that was itself assumed gives an hour at most (role chaining)",
      hint: "ask for an hour or less, or let the first role sign",
    };
  if (/exceeds the MaxSessionDuration/.test(message))
    return {
      summary: "the role's maximum session duration is shorter than what was asked for",
      hint: "raise it: aws iam update-role --role-name NAME --max-session-duration SECONDS",
    };
  if (/not activated in this region/.test(message))
    return {
      summary: "STS is not activated in this region for the role's account",
      hint: "activate it in the account settings of IAM, or name another region",
    };
  return undefined;
}
