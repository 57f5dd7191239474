/** What IAM must allow for a login: for an admin to compare, should the database refuse it. */
import { connectPolicy } from "@postern/core/iam/policy";
import type { Database } from "@postern/core/resource/db";

/** Whose policy it is, and its text; what the database's configuration doesn't tell stands there by its name. */
export function describeLoginPolicy({ spec }: Database, dbUser: string): string {
  const { region, account_id, resource_id, assume_role_arn } = spec.aws;
  const policy = connectPolicy({
    region,
    accountId: account_id ?? "ACCOUNT-ID",
    resourceId: resource_id ?? "RESOURCE-ID",
    dbUsers: [dbUser],
  });
  const owner = assume_role_arn ?? "the role of the control plane's authorize function";
  return `the policy of ${owner} must say: ${JSON.stringify(policy)}`;
}
