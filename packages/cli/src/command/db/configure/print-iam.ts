/** Prints the IAM policy by which Postern logs in to a cluster: GUIDE, "Step 1". stdout is the policy and nothing else. */
import { AccountId } from "@postern/core/iam/allow-rule";
import { partitionOf } from "@postern/core/iam/arn";
import { assumePolicy, connectPolicy, loginTrustPolicy } from "@postern/core/iam/policy";
import { Database } from "@postern/core/resource/db";
import { type Command, InvalidArgumentError } from "commander";
import { example, parseBy, parseFullList, withFormat } from "../../../options.ts";
import { note, writeJson } from "../../../output/write.ts";

const { region, assume_role_arn, external_id } = Database.shape.spec.shape.aws.shape;

export function addPrintIamCommand(configure: Command): void {
  const print = configure
    .command("print-iam")
    .description("print the policy that lets Postern log in to a cluster's database users")
    .requiredOption("--region <region>", "the cluster's region", parseBy(region))
    .requiredOption("--account-id <id>", "the cluster's account", parseAccountId)
    .requiredOption("--resource-id <id>", "the cluster's resource id, such as cluster-ABC", parseResourceId)
    .option("--db-users <users>", "these database users alone, such as alice,app_ro", parseDbUsers, [])
    .option(
      "--assume-role-arn <arn>",
      "the role that the database's configuration names",
      parseBy(assume_role_arn.unwrap().unwrap()),
    )
    .option("--external-id <id>", "what that role asks for", parseBy(external_id.unwrap().unwrap()))
    .option(
      "--authorize-role-arn <arn>",
      "the role of the control plane's authorize function",
      parseBy(assume_role_arn.unwrap().unwrap()),
    )
    .action(printIam);
  example(
    withFormat(print),
    "postern db configure print-iam --region us-west-1 --account-id 111111111111 --resource-id cluster-ABC",
  );
}

interface PrintIamOptions {
  readonly region: string;
  readonly accountId: string;
  readonly resourceId: string;
  readonly dbUsers: readonly string[];
  readonly assumeRoleArn?: string;
  readonly externalId?: string;
  readonly authorizeRoleArn?: string;
}

/** Both formats are the policy, which is JSON. */
function printIam(options: PrintIamOptions): void {
  writeJson(connectPolicy(options));
  for (const line of [...explainResource(options), ...explainPrincipal(options)]) note(line);
}

function explainResource({ resourceId, dbUsers }: PrintIamOptions): string[] {
  const instance = [
    `note: ${resourceId} is one instance's resource id. That is right for RDS for PostgreSQL; of an Aurora cluster it`,
    "      covers this instance alone, and the cluster's endpoints refuse it. A cluster's begins with cluster-:",
    "      aws rds describe-db-clusters --query 'DBClusters[].[DBClusterIdentifier,DbClusterResourceId]' --output text",
  ];
  return [
    ...(resourceId.startsWith("db-") ? instance : []),
    dbUsers.length === 0
      ? "It is for every database user of the cluster that has rds_iam; --db-users a,b narrows it."
      : `It is for ${dbUsers.length === 1 ? "this database user" : "these database users"} alone: ${dbUsers.join(", ")}.`,
  ];
}

/** Whose policy it is: it alone signs in to databases, itself or in a role that a database names. */
function explainPrincipal(options: PrintIamOptions): string[] {
  const { assumeRoleArn, externalId } = options;
  const authorize = options.authorizeRoleArn ?? unknownRole(options);
  const trust = formatPolicy(loginTrustPolicy(authorize, externalId));
  if (assumeRoleArn === undefined) {
    return [
      `It belongs to the role of the control plane's authorize function (${authorize}); no person and no proxy needs it.`,
      findRole,
      "Where the database's configuration names a role to assume (assume_role_arn), it belongs to that role, whose trust policy is:",
      trust,
    ];
  }
  return [
    `It belongs to the role ${assumeRoleArn}, whose trust policy is:`,
    trust,
    `The role of the control plane's authorize function (${authorize}) needs this besides:`,
    formatPolicy(assumePolicy(assumeRoleArn)),
    findRole,
  ];
}

const findRole =
  "Which role that is: aws lambda get-function-configuration --function-name postern-STAGE-authorize --query Role --output text";

function formatPolicy(document: object): string {
  return JSON.stringify(document, null, 2);
}

/** The end of its name is AWS's own; --authorize-role-arn puts the real one in its place. */
function unknownRole({ region }: PrintIamOptions): string {
  return `arn:${partitionOf(region)}:iam::CONTROL-PLANE-ACCOUNT:role/AUTHORIZE-ROLE`;
}

function parseAccountId(text: string): string {
  if (AccountId.safeParse(text).success) return text;
  throw new InvalidArgumentError("Expected 12 digits, without dashes: aws sts get-caller-identity");
}

/** Tells apart what people take for one another: an id, an identifier, an ARN. */
function parseResourceId(text: string): string {
  if (/^(cluster|db)-[A-Z0-9]{1,64}$/.test(text)) return text;
  const upper = text.replace(/^(cluster|db)-([a-z0-9]+)$/i, (_, kind: string, id: string) =>
    [kind.toLowerCase(), id.toUpperCase()].join("-"),
  );
  if (upper !== text && /^(cluster|db)-[A-Z0-9]{1,64}$/.test(upper))
    throw new InvalidArgumentError(`Resource ids are in upper case: did you mean ${upper}?`);
  throw new InvalidArgumentError(
    "Expected a resource id such as cluster-ABC, which is neither the cluster's name nor its ARN: " +
      "aws rds describe-db-clusters --query 'DBClusters[].[DBClusterIdentifier,DbClusterResourceId]' --output text",
  );
}

/** What fits an ARN as it is; `*` stands for any text, as everywhere in IAM. */
function parseDbUsers(text: string): string[] {
  const users = parseFullList(text);
  const odd = users.find((user) => !/^[\w+=.@*-]{1,63}$/.test(user));
  if (odd === undefined) return users;
  throw new InvalidArgumentError("Expected names of letters, digits and _ + = . @ - in which * is any text.");
}
