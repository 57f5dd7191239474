/**
 * Who may do what: all that a function may do in AWS, besides writing its own log. Actions on the table are those that
 * the store sends: get and query; and a commit, which is TransactWriteItems of updates, deletes and checks (IAM knows it
 * by its parts: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html). No scan.
 */
import type { FunctionName } from "@postern/core/api/route";
import { bus, deadLetters } from "./events.ts";
import { accessTokenKey, hostCaKey, userCaKey } from "./keys.ts";
import { stage } from "./stage.ts";
import { table } from "./storage.ts";

type Permission = NonNullable<Extract<sst.aws.FunctionArgs["permissions"], readonly unknown[]>>[number];

const account = aws.getCallerIdentityOutput().accountId;
const partition = aws.getPartitionOutput().partition;

const read = ["dynamodb:GetItem", "dynamodb:Query"];
const change = ["dynamodb:DeleteItem", "dynamodb:UpdateItem"];
const write = ["dynamodb:ConditionCheckItem", ...change];

/** Which certificates are trusted. */
const trust = ["authority"];
/** Who people are: accounts with their passwords, and the invites that set one. */
const people = ["user#*", "invite#*"];
/** Who is logged in, and what credentials were issued. */
const logins = ["login#*", "grant#*"];
/** What rights are made of, but for the users themselves. */
const resources = [
  "resource#role",
  "resource#token",
  "resource#lock",
  "resource#db",
  "heartbeats",
  "instances",
];
/** The resources that no host and no service writes. */
const rules = ["resource#role", "resource#user", "resource#token", "resource#lock"];
/** By what hosts join: secrets with their uses, and what was asked of a host that joins by IAM. */
const joining = ["tokens", "challenge#*"];
/** Proofs of keys, each good once (DPoP): any function may be shown one. */
const proofs = ["proof#*"];
/** What happened. */
const history = ["session#*", "recordings#*"];

export const permissions: Record<FunctionName, Permission[]> = {
  auth: [
    onTable([...read, ...write]),
    neverChange([...resources, ...joining, ...history, "host#*"]),
    ...sign(userCaKey),
    ...sign(accessTokenKey),
  ],
  // Who a host is in AWS it asks of STS, which takes no right.
  join: [
    onTable([...read, ...write]),
    neverChange([...people, ...rules, ...logins, ...history]),
    ...sign(hostCaKey),
  ],
  authorize: [
    onTable([...read, ...write]),
    neverChange([...trust, ...people, ...resources, "resource#user", ...joining, "login#*", "host#*"]),
    ...connect(),
  ],
  ingest: [
    onTable(read, [...trust, "host#*", "heartbeats", "session#*", "open#*"]),
    onTable(write, [...history, "open#*", "audit#*", "arrival#*", ...proofs]),
  ],
  admin: [onTable([...read, ...write]), neverChange([...trust, "challenge#*", ...history, "grant#*"])],
  // An access token that comes with another key than its own is an event, wherever it is shown.
  read: [onTable(read), onTable(change, [...proofs, "audit#*", "arrival#*"])],
  deliver: [
    // The rest of a chunk that is too big for the one item that the stream brings.
    onTable(["dynamodb:GetItem"], ["session#*"]),
    {
      actions: [
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
      ],
      resources: [table.nodes.table.streamArn],
    },
    { actions: ["events:PutEvents"], resources: [bus.arn] },
    { actions: ["sqs:SendMessage"], resources: [deadLetters.arn] },
  ],
  // The console is the same for everybody: what people see of Postern their browsers ask the API for.
  web: [],
};

/**
 * Actions on the table's items, or on those of some partitions. `ForAllValues` alone is also true of a request that
 * names no key, so that is asked for besides.
 */
function onTable(actions: string[], partitions?: string[]): Permission {
  const conditions =
    partitions === undefined
      ? []
      : [
          { test: "ForAllValues:StringLike", variable: "dynamodb:LeadingKeys", values: partitions },
          { test: "Null", variable: "dynamodb:LeadingKeys", values: ["false"] },
        ];
  return { actions, resources: [table.arn], conditions };
}

/** Holds whatever else is allowed: what a function has no business with stays out of reach of whoever breaks into it. */
function neverChange(partitions: string[]): Permission {
  return {
    effect: "deny",
    actions: change,
    resources: [table.arn],
    conditions: [{ test: "ForAnyValue:StringLike", variable: "dynamodb:LeadingKeys", values: partitions }],
  };
}

/** The key's own policy (key-policies.ts) says the same from its side. */
function sign(key: aws.kms.Key): Permission[] {
  return [
    { actions: ["kms:GetPublicKey"], resources: [key.arn] },
    {
      actions: ["kms:Sign"],
      resources: [key.arn],
      conditions: [{ test: "StringEquals", variable: "kms:SigningAlgorithm", values: ["ECDSA_SHA_256"] }],
    },
  ];
}

/**
 * Logging in to the databases of this stage's configuration, as itself or in a role that a database names. Which
 * database user may be asked for is decided by roles, so the user of a named cluster is open here.
 */
function connect(): Permission[] {
  const roles = [
    ...stage.databases.flatMap(({ aws }) => aws.assume_role_arn ?? []),
    ...stage.connectArns.filter((arn) => arn.includes(":role/")),
  ];
  const databases = [
    ...stage.databases.flatMap((database) => rdsDbUsers(database) ?? []),
    ...stage.connectArns.filter((arn) => arn.includes(":rds-db:")),
  ];
  return [
    ...(databases.length === 0 ? [] : [{ actions: ["rds-db:connect"], resources: databases }]),
    // The source identity is the human for whom the token is made.
    ...(roles.length === 0
      ? []
      : [{ actions: ["sts:AssumeRole", "sts:SetSourceIdentity"], resources: roles }]),
  ];
}

/** Undefined where a role of the database's account signs instead. */
function rdsDbUsers({ aws }: (typeof stage.databases)[number]) {
  if (aws.assume_role_arn !== null || aws.resource_id === null) return undefined;
  return $interpolate`arn:${partition}:rds-db:${aws.region}:${aws.account_id ?? account}:dbuser:${aws.resource_id}/*`;
}
