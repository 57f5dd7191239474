import { expect, test } from "vitest";
import type { z } from "zod";
import { Database } from "./db.ts";
import { DatabaseServer } from "./db-server.ts";
import { schemaIssues } from "./issue.ts";
import { Lock } from "./lock.ts";
import { presetRoles } from "./preset.ts";
import { Resource, ResourceKind } from "./resource.ts";
import { Role } from "./role.ts";
import { DatabaseSession } from "./session.ts";
import { JoinToken } from "./token.ts";
import { User } from "./user.ts";

const at = "2026-05-04T10:00:00.000Z";

const role = {
  kind: "role",
  version: "v3",
  metadata: { name: "db" },
  spec: { allow: { rules: [{ resources: ["*"], verbs: ["read"] }] }, deny: {}, options: {} },
};
const user = {
  kind: "user",
  version: "v2",
  metadata: { name: "alice" },
  spec: { roles: ["access", "db"], status: "active" },
};
const database = {
  kind: "db",
  version: "v3",
  metadata: { name: "aurora", description: "", labels: { env: "dev" } },
  spec: {
    protocol: "postgres",
    uri: "db.example.com:5432",
    tls: { ca_cert_pem: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" },
    aws: {
      region: "us-west-1",
      account_id: "111111111111",
      resource_id: "cluster-ABC",
      assume_role_arn: "arn:aws:iam::111111111111:role/path/reader",
      external_id: "postern:1",
    },
  },
};
const server = {
  kind: "db_server",
  metadata: { name: "aurora" },
  spec: {
    database: "aurora",
    host_id: "ho_1",
    public_addr: "[2001:db8::1]:5440",
    region: "us-west-1",
    reach: "direct",
    version: "0.1.0",
  },
  status: { health: "healthy", heartbeat_at: at },
};
const token = {
  kind: "token",
  version: "v2",
  metadata: { name: "proxy" },
  spec: {
    roles: ["Db"],
    join_method: "iam",
    allow: [{ aws_account: "111111111111", aws_arn: "arn:aws:iam::111111111111:role/postern-proxy" }],
    names: ["localhost", "127.0.0.1", "db.example.com"],
  },
};
const lock = {
  kind: "lock",
  version: "v2",
  metadata: { name: "incident-7" },
  spec: { target: { user: "alice" }, message: "call security", expires: at },
};
const session = {
  kind: "session",
  sid: "5f7cf3f1-7b52-4ea1-9d6b-7b7be7a8dbd6",
  user: "alice",
  roles: ["db"],
  login_session: "ls_1",
  grant_id: "gr_1",
  database: "aurora",
  db_user: "alice",
  db_name: "postgres",
  host_id: "ho_1",
  client_addr: "127.0.0.1:50000",
  started_at: at,
  ends_at: at,
  ended_at: at,
  ended_reason: "closed by the client",
};

const samples: readonly [string, z.ZodType, object][] = [
  ["Role", Role, role],
  ["User", User, user],
  ["Database", Database, database],
  ["DatabaseServer", DatabaseServer, server],
  ["JoinToken", JoinToken, token],
  ["DatabaseSession", DatabaseSession, session],
];

test.each(samples)("a whole %s is kept as it is", (_name, schema, sample) => {
  expect(schema.parse(sample)).toEqual(sample);
});

/** Copies of an object, each with one unknown key more, at every object in it but the free ones of labels. */
function withUnknownKeys(
  value: unknown,
  path: readonly PropertyKey[] = [],
): { path: string; value: unknown }[] {
  if (typeof value !== "object" || value === null || path.at(-1) === "labels") return [];
  const here = Array.isArray(value)
    ? []
    : [{ path: [...path, "unknwon"].join("."), value: { ...value, unknwon: 1 } }];
  const deeper = Object.entries(value).flatMap(([key, child]) =>
    withUnknownKeys(child, [...path, key]).map(({ path, value: changed }) => ({
      path,
      value: Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed },
    })),
  );
  return [...here, ...deeper];
}

test.each(samples)(
  "an unknown key is refused at every level of %s, with its path",
  (_name, schema, sample) => {
    const cases = withUnknownKeys(sample);
    expect(cases.length).toBeGreaterThan(0);
    for (const { path, value } of cases) {
      const issues = schemaIssues(schema.safeParse(value).error?.issues ?? []);
      expect(issues.map((issue) => [issue.path.join("."), issue.message])).toEqual([[path, "unknown key"]]);
    }
  },
);

function paths(schema: z.ZodType, sample: { spec: object }, spec: object): readonly string[] {
  const parsed = schema.safeParse({ ...sample, spec: { ...sample.spec, ...spec } });
  return schemaIssues(parsed.error?.issues ?? []).map(({ path }) => path.join("."));
}

test.each([
  [{ protocol: "mysql" }, "spec.protocol"],
  [{ uri: "postgres://db.example.com:5432" }, "spec.uri"],
  [{ tls: { ca_cert_pem: "MIIB" } }, "spec.tls.ca_cert_pem"],
  [{ aws: { region: "mars" } }, "spec.aws.region"],
  [{ aws: {} }, "spec.aws.region"],
  [{ aws: { region: "us-west-1", account_id: 111_111_111_111 } }, "spec.aws.account_id"],
  [{ aws: { region: "us-west-1", account_id: "1" } }, "spec.aws.account_id"],
  [{ aws: { region: "us-west-1", resource_id: "aurora" } }, "spec.aws.resource_id"],
  [{ aws: { region: "us-west-1", assume_role_arn: "arn:aws:iam::1:user/x" } }, "spec.aws.assume_role_arn"],
  [{ aws: { region: "us-west-1", external_id: "a b" } }, "spec.aws.external_id"],
])("a database with %j is refused at %s", (spec, path) => {
  expect(paths(Database, database, spec)).toEqual([path]);
});

test("what a database leaves out of tls and aws is null", () => {
  const { spec } = Database.parse({
    ...database,
    spec: { protocol: "postgres", uri: "a:1", aws: { region: "eu-central-1" } },
  });
  expect(spec.tls).toEqual({ ca_cert_pem: null });
  expect(spec.aws).toEqual({
    region: "eu-central-1",
    account_id: null,
    resource_id: null,
    assume_role_arn: null,
    external_id: null,
  });
});

test.each([
  [{ roles: ["Node"] }, "spec.roles.0"],
  [{ roles: [] }, "spec.roles"],
  [{ join_method: "token" }, "spec.join_method"],
  [{ names: ["*.example.com"] }, "spec.names.0"],
  [{ names: [] }, "spec.names"],
  [{ allow: [] }, "spec.allow"],
  [{ allow: [{}] }, "spec.allow.0.aws_account"],
  [{ allow: [{ aws_account: "*" }] }, "spec.allow.0.aws_account"],
  [{ allow: [{ aws_account: 111_111_111_111 }] }, "spec.allow.0.aws_account"],
  [{ allow: [{ aws_account: "111111111111", aws_arn: "*" }] }, "spec.allow.0.aws_arn"],
  [
    { allow: [{ aws_account: "111111111111", aws_arn: "arn:aws:iam::222222222222:role/x" }] },
    "spec.allow.0.aws_arn",
  ],
  [
    { allow: [{ aws_account: "111111111111", aws_arn: "arn:aws:iam::1111*:role/x" }] },
    "spec.allow.0.aws_arn",
  ],
])("a join token with %j is refused at %s", (spec, path) => {
  expect(paths(JoinToken, token, spec)).toEqual([path]);
});

test.each([
  [{ target: {} }, "spec.target.user"],
  [{ target: { user: "alice", role: "db" } }, "spec.target.role"],
  [{ message: "" }, "spec.message"],
  [{ expires: "tomorrow" }, "spec.expires"],
])("a lock with %j is refused at %s", (spec, path) => {
  expect(paths(Lock, lock, spec)).toEqual([path]);
});

test("a user has a name of lower case, and no secrets", () => {
  const named = (name: string) => User.safeParse({ ...user, metadata: { name } }).success;
  expect(["alice", "a.b@example.com", "0x", "a-b_c"].map(named)).toEqual([true, true, true, true]);
  expect(["Alice", "", ".a", "-a", "a b", "a/b", "ä", "a\n", "a".repeat(65)].map(named)).toEqual(
    Array(9).fill(false),
  );
  expect(paths(User, user, { password: "x" })).toEqual(["spec.password"]);
});

test.each([
  { "": "x" },
  { "a b": "x" },
  { a: 1 },
  { a: "\u001b[2J" },
  { a: "\u202e" },
  { a: "x".repeat(257) },
  { "*": "x" },
])("the labels %j are refused", (labels) => {
  expect(Database.safeParse({ ...database, metadata: { name: "a", labels } }).success).toBe(false);
});

test("people write roles, users, databases, join tokens and locks; nothing else", () => {
  const kept = [role, user, database, token, lock].map((sample) => Resource.parse(sample).kind);
  expect(kept).toEqual(ResourceKind.options);
  for (const other of [server, session, {}, { kind: "x" }, null, [], "role"]) {
    expect(Resource.safeParse(other).success).toBe(false);
  }
});

test("the preset roles are valid roles", () => {
  expect(presetRoles.map((preset) => Role.parse(preset))).toEqual(presetRoles);
  expect(presetRoles.map(({ metadata }) => metadata.name)).toEqual(["access", "editor", "auditor"]);
});
