/** Which principals of AWS may join: the rules of a join token, held against what STS says of a host. */
import { RE2JS } from "re2js";
import { z } from "zod";
import { strictObject } from "../resource/strict.ts";
import { formatArn, parseArn } from "./arn.ts";

/** Who a request was signed by, in the words of `GetCallerIdentity`. */
export interface CallerIdentity {
  /** 12 digits. */
  readonly account: string;
  /** `arn:aws:iam::ACCOUNT:user/NAME`, `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. */
  readonly arn: string;
}

export const AccountId = z
  .string("expected a text of 12 digits, in quotes")
  .regex(/^[0-9]{12}$/, "expected a text of 12 digits, in quotes");

/** A role's path has at most 512 characters and its name 64. */
const ArnPattern = z
  .string()
  .max(640)
  .regex(/^arn:[\w*?-]+:(iam|sts)::[0-9]{12}:[\w*?+=,.@/-]+$/, {
    error: "expected an ARN such as arn:aws:iam::111111111111:role/NAME, where * and ? stand in for names",
    abort: true,
  });

/**
 * Admits every principal of an account, or those whose ARN fits. A role (`arn:aws:iam::…:role/NAME`) stands for all of
 * its sessions; their own ARN is `arn:aws:sts::…:assumed-role/NAME/SESSION`.
 */
export const AllowRule = strictObject({ aws_account: AccountId, aws_arn: ArnPattern.optional() }).refine(
  ({ aws_account, aws_arn }) => aws_arn === undefined || parseArn(aws_arn)?.account === aws_account,
  { message: "is of another account than aws_account, so nobody could join by it", path: ["aws_arn"] },
);
export type AllowRule = z.infer<typeof AllowRule>;

/** Whether one of the rules admits the principal. */
export function isAllowed(rules: readonly AllowRule[], identity: CallerIdentity): boolean {
  return rules.some((rule) => admits(rule, identity));
}

function admits({ aws_account, aws_arn }: AllowRule, { account, arn }: CallerIdentity): boolean {
  if (account !== aws_account || parseArn(arn)?.account !== account) return false;
  return aws_arn === undefined || matchesGlob(sessionsOf(aws_arn), arn);
}

/**
 * STS tells a role's name and not its path, and a name is one role's alone in its account. A pattern that ends with the
 * role is for each of its sessions.
 */
function sessionsOf(pattern: string): string {
  const arn = parseArn(pattern);
  const [type, ...names] = arn?.resource.split("/") ?? [];
  const role = names.at(-1) ?? "";
  if (arn?.service === "iam" && type === "role")
    return formatArn({ ...arn, service: "sts", resource: `assumed-role/${role}/*` });
  return type === "assumed-role" && names.length === 1 ? `${pattern}/*` : pattern;
}

/**
 * `*` is any text and `?` any character within a name. Neither goes past a slash: who assumes a role chooses the
 * session's name, so `assumed-role/*-proxy` must not be met by a session of any role that calls itself `x-proxy`.
 * RE2, as in roles: its time is linear, whatever the rule.
 */
function matchesGlob(glob: string, text: string): boolean {
  const wildcards: Record<string, string> = { "*": "[^:/]*", "?": "[^:/]" };
  const pattern = glob.split(/([*?])/).map((part) => wildcards[part] ?? RE2JS.quote(part));
  return RE2JS.compile(pattern.join("")).matcher(text).matches();
}
