/**
 * The policies that logging in to Aurora takes.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
 */
import { type Arn, formatArn, partitionOf } from "./arn.ts";

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly object[];
}

/** Which database users of which cluster or instance. */
export interface DatabaseUsers {
  readonly region: string;
  /** 12 digits. */
  readonly accountId: string;
  /** `cluster-…` or `db-…`. */
  readonly resourceId: string;
  /** As IAM writes them; none stands for every user. */
  readonly dbUsers: readonly string[];
}

/** Lets its principal log in as these database users. */
export function connectPolicy({ region, accountId, resourceId, dbUsers }: DatabaseUsers): PolicyDocument {
  const names = dbUsers.length === 0 ? ["*"] : dbUsers;
  const database: Omit<Arn, "resource"> = {
    partition: partitionOf(region),
    service: "rds-db",
    region,
    account: accountId,
  };
  const arns = names.map((name) => formatArn({ ...database, resource: `dbuser:${resourceId}/${name}` }));
  return document({ Effect: "Allow", Action: "rds-db:connect", Resource: arns });
}

/** The trust policy of a role that logs in to databases: who may assume it, and for whom. */
export function loginTrustPolicy(principalArn: string, externalId: string | undefined): PolicyDocument {
  return document({
    Effect: "Allow",
    Principal: { AWS: principalArn },
    Action: assume,
    ...(externalId !== undefined && { Condition: { StringEquals: { "sts:ExternalId": externalId } } }),
  });
}

/** Lets its principal assume that role. */
export function assumePolicy(roleArn: string): PolicyDocument {
  return document({ Effect: "Allow", Action: assume, Resource: roleArn });
}

/** The source identity is the person for whom the role is assumed. */
const assume = ["sts:AssumeRole", "sts:SetSourceIdentity"];

function document(statement: object): PolicyDocument {
  return { Version: "2012-10-17", Statement: [statement] };
}
