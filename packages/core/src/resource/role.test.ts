import { expect, test } from "vitest";
import { schemaIssues } from "./issue.ts";
import { allowOf, denyOf, Role } from "./role.ts";

/** The role of GUIDE.md, step 4. */
const guideRole = {
  kind: "role",
  version: "v3",
  metadata: { name: "db" },
  spec: { allow: { db_labels: { "*": "*" }, db_names: ["*"], db_users: ["*"] } },
};

test("the role of the guide is kept as it is", () => {
  expect(Role.parse(guideRole)).toEqual(guideRole);
});

test("a role with everything that is supported is kept as it is", () => {
  const conditions = {
    db_labels: { env: ["dev", "^(test|stage)$"], team: "*" },
    db_users: ["app_*", "^(ro|rw)$", "alice"],
    db_names: ["*"],
    db_roles: ["reader"],
    rules: [{ resources: ["role", "*"], verbs: ["list", "*", "escalate"] }],
  };
  const deny = { ...conditions, db_roles: ["*"] };
  const spec = { allow: conditions, deny, options: { max_session_ttl: "12h" } };
  const role = {
    ...guideRole,
    version: "v8",
    metadata: { name: "all", description: "", labels: { a: "b" } },
    spec,
  };
  expect(Role.parse(role)).toEqual(role);
});

function issuesOf(spec: unknown, rest: object = {}): readonly string[] {
  const parsed = Role.safeParse({ ...guideRole, spec, ...rest });
  return schemaIssues(parsed.error?.issues ?? []).map(({ path }) => path.join("."));
}

test.each<[string, unknown, readonly string[]]>([
  ["a later option", { options: { require_session_mfa: true } }, ["spec.options.require_session_mfa"]],
  ["a label expression", { allow: { db_labels_expression: "true" } }, ["spec.allow.db_labels_expression"]],
  [
    "a where clause",
    { allow: { rules: [{ resources: ["role"], verbs: ["read"], where: "x" }] } },
    ["spec.allow.rules.0.where"],
  ],
  [
    "an unknown template among the users",
    { allow: { db_users: ["{{internal.logins}}"] } },
    ["spec.allow.db_users.0"],
  ],
  [
    "a template among the labels",
    { allow: { db_labels: { env: ["{{external.env}}"] } } },
    ["spec.allow.db_labels.env.0"],
  ],
  [
    "a template as the label",
    { allow: { db_labels: { env: "{{external.env}}" } } },
    ["spec.allow.db_labels.env"],
  ],
  ["a broken regular expression", { deny: { db_names: ["x", "^(a$"] } }, ["spec.deny.db_names.1"]],
  ["half a regular expression", { deny: { db_names: ["^prod"] } }, ["spec.deny.db_names.0"]],
  ["'*' with another value", { allow: { db_labels: { "*": "dev" } } }, ["spec.allow.db_labels.*"]],
  ["'*' among the database roles", { allow: { db_roles: ["a", "*"] } }, ["spec.allow.db_roles"]],
  [
    "an unknown verb",
    { allow: { rules: [{ resources: ["role"], verbs: ["write"] }] } },
    ["spec.allow.rules.0.verbs.0"],
  ],
  [
    "an unknown resource",
    { allow: { rules: [{ resources: ["roles"], verbs: ["read"] }] } },
    ["spec.allow.rules.0.resources.0"],
  ],
  ["a number as a duration", { options: { max_session_ttl: 12 } }, ["spec.options.max_session_ttl"]],
  ["an empty session", { options: { max_session_ttl: "0s" } }, ["spec.options.max_session_ttl"]],
  ["a list that is none", { allow: { db_users: "*" } }, ["spec.allow.db_users"]],
  ["no spec", null, ["spec"]],
])("%s is refused at its path", (_title, spec, paths) => {
  expect(issuesOf(spec)).toEqual(paths);
});

test.each(["v1", "v2", "v9", "v33", "", 3])("the version %j is refused", (version) => {
  expect(issuesOf({}, { version })).toEqual(["version"]);
});

test("a later key is told from an unknown one", () => {
  const parsed = Role.safeParse({ ...guideRole, spec: { options: { lock: "strict", lokc: "strict" } } });
  expect(schemaIssues(parsed.error?.issues ?? []).map(({ message }) => message)).toEqual([
    "is not supported yet",
    "unknown key",
  ]);
});

test("in v3 absent labels select everything, but only in the allow part and only when absent", () => {
  const v3 = Role.parse({ ...guideRole, spec: { deny: {} } });
  expect(allowOf(v3).db_labels).toEqual({ "*": "*" });
  expect(denyOf(v3).db_labels).toBeUndefined();
  expect(allowOf({ ...v3, spec: { allow: { db_labels: {} } } }).db_labels).toEqual({});
  expect(allowOf({ ...v3, version: "v4" }).db_labels).toBeUndefined();
});
