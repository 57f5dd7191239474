/** DESIGN.md, "Who may do what": each function has the IAM rights of its job and no more, line by line. */
import type { FunctionName } from "@postern/core/api/route";
import { all, compareLines, type Rule } from "./rule.ts";
import { formatStatement, roleStatements } from "./statements.ts";

const read = "dynamodb:GetItem dynamodb:Query";
const change = "dynamodb:DeleteItem dynamodb:UpdateItem";
const write = `dynamodb:ConditionCheckItem ${change}`;
const resources = [
  "resource#role",
  "resource#token",
  "resource#lock",
  "resource#db",
  "heartbeats",
  "instances",
];
const joining = ["tokens", "challenge#*"];
const readAndWrite =
  "dynamodb:ConditionCheckItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:Query dynamodb:UpdateItem";

/** What a stage's configuration may add to `authorize`; empty for a stage that names no database. */
export interface ConnectRights {
  readonly databaseUsers: readonly string[];
  readonly roles: readonly string[];
}

export function functionRights(connect: ConnectRights): Rule {
  return (graph) => {
    const expected = rights(connect, graph.app.stage);
    const functions = all(graph, "aws:lambda/function:Function").map((resource) => resource.name);
    const roles = new Map(all(graph, "aws:iam/role:Role").map((role) => [role.name, role]));
    return [
      ...compareLines(
        "functions",
        functions,
        Object.keys(expected).map((name) => `${name}Function`),
      ),
      ...Object.entries(expected).flatMap(([name, lines]) => {
        const role = roles.get(`${name}Role`);
        const actual = role === undefined ? [] : roleStatements(role);
        return compareLines(
          `${name}Role`,
          actual.map((statement) => formatStatement(graph, statement)),
          lines,
        );
      }),
    ];
  };
}

/** A link grants nothing, and still tells a function of something: each knows only what its job takes. */
const linkedTo: Record<Capitalize<FunctionName>, string[]> = {
  Auth: ["Table", "UserCaKey", "AccessTokenKey", "Settings"],
  Join: ["Table", "HostCaKey", "Settings"],
  Authorize: ["Table", "Settings"],
  Ingest: ["Table", "Settings"],
  Admin: ["Table", "Settings"],
  Read: ["Table", "Settings"],
  Deliver: ["Table", "Bus"],
  Web: [],
};

export const links: Rule = (graph) =>
  Object.entries(linkedTo).flatMap(([name, expected]) =>
    compareLines(name, graph.linksOf[name] ?? [], expected),
  );

function rights(connect: ConnectRights, stage: string): Record<Capitalize<FunctionName>, string[]> {
  const log = (name: FunctionName) =>
    `Allow logs:CreateLogStream logs:PutLogEvents on arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/postern-${stage}-${name}:*`;
  return {
    Auth: [
      `Allow ${readAndWrite} on TableTable`,
      neverChange(...resources, ...joining, "session#*", "recordings#*", "host#*"),
      ...sign("UserCaKey"),
      ...sign("AccessTokenKey"),
      log("auth"),
    ],
    Join: [
      `Allow ${readAndWrite} on TableTable`,
      neverChange(
        "user#*",
        "invite#*",
        "resource#role",
        "resource#user",
        "resource#token",
        "resource#lock",
        "login#*",
        "grant#*",
        "session#*",
        "recordings#*",
      ),
      ...sign("HostCaKey"),
      log("join"),
    ],
    Authorize: [
      `Allow ${readAndWrite} on TableTable`,
      neverChange(
        "authority",
        "user#*",
        "invite#*",
        ...resources,
        "resource#user",
        ...joining,
        "login#*",
        "host#*",
      ),
      ...connectLines(connect),
      log("authorize"),
    ],
    Ingest: [
      `Allow ${read} on TableTable${ofPartitions("authority", "host#*", "heartbeats", "session#*", "open#*")}`,
      `Allow ${write} on TableTable${ofPartitions("session#*", "recordings#*", "open#*", "audit#*", "arrival#*", "proof#*")}`,
      log("ingest"),
    ],
    Admin: [
      `Allow ${readAndWrite} on TableTable`,
      neverChange("authority", "challenge#*", "session#*", "recordings#*", "grant#*"),
      log("admin"),
    ],
    Read: [
      `Allow ${read} on TableTable`,
      `Allow ${change} on TableTable${ofPartitions("proof#*", "audit#*", "arrival#*")}`,
      log("read"),
    ],
    Deliver: [
      `Allow dynamodb:GetItem on TableTable${ofPartitions("session#*")}`,
      "Allow dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams on TableTable/…",
      "Allow events:PutEvents on BusBus",
      "Allow sqs:SendMessage on StreamDeadLetters",
      log("deliver"),
    ],
    Web: [log("web")],
  };
}

function connectLines({ databaseUsers, roles }: ConnectRights): string[] {
  return [
    ...(databaseUsers.length === 0 ? [] : [`Allow rds-db:connect on ${databaseUsers.join(" ")}`]),
    ...(roles.length === 0 ? [] : [`Allow sts:AssumeRole sts:SetSourceIdentity on ${roles.join(" ")}`]),
  ];
}

function neverChange(...partitions: string[]): string {
  return `Deny ${change} on TableTable if ForAnyValue:StringLike dynamodb:LeadingKeys ${partitions.join("|")}`;
}

function ofPartitions(...partitions: string[]): string {
  return ` if ForAllValues:StringLike dynamodb:LeadingKeys ${partitions.join("|")} and Null dynamodb:LeadingKeys false`;
}

function sign(key: string): string[] {
  return [
    `Allow kms:GetPublicKey on ${key}`,
    `Allow kms:Sign on ${key} if StringEquals kms:SigningAlgorithm ECDSA_SHA_256`,
  ];
}
