import fc from "fast-check";
import { expect, test } from "vitest";
import { presetRoles } from "../resource/preset.ts";
import type { Conditions, Role } from "../resource/role.ts";
import { ruleResources, verbs } from "../resource/rule.ts";
import { everything, request, role } from "./access.fixture.ts";
import { mayListDatabase } from "./allowed-users.ts";
import { anyRole, asked, conditions, labelSets, roles } from "./arbitrary.fixture.ts";
import { decide } from "./decide.ts";
import { liftedDenials, missingRights } from "./escalation.ts";
import { checkRule } from "./rules.ts";

const editAll: Conditions = { rules: [{ resources: ["*"], verbs: ["*"] }] };
const dev: Conditions = { db_labels: { env: "dev" }, db_users: ["app", "ro"], db_names: ["x"] };

const missing = (
  writer: Conditions,
  granted: Conditions,
  writerDeny?: Conditions,
  grantedDeny?: Conditions,
) =>
  missingRights([role("w", writer, writerDeny)], [role("g", granted, grantedDeny)]).map(({ rule, value }) => [
    rule,
    value,
  ]);

test.each<[string, Conditions, Conditions]>([
  ["the same", dev, dev],
  ["all, some", everything, dev],
  ["a glob, a name that it matches", { ...dev, db_users: ["a*", "r*"] }, dev],
  ["labels, narrower labels", dev, { ...dev, db_labels: { env: "dev", team: "core" } }],
  ["rules by *, a rule", editAll, { rules: [{ resources: ["role"], verbs: ["read", "update"] }] }],
  ["database roles by name, one of them", { db_roles: ["a", "b"] }, { db_roles: ["a"] }],
  ["nothing, nothing", {}, {}],
  ["nothing, users without names", {}, { db_users: ["*"] }],
])("who holds %s may grant them", (_title, writer, granted) => {
  expect(missing(writer, granted)).toEqual([]);
});

test.each<[string, Conditions, Conditions, unknown]>([
  ["a user", dev, { ...dev, db_users: ["app", "dba"] }, [["allow.db_users", "dba"]]],
  ["all users", dev, { ...dev, db_users: ["*"] }, [["allow.db_users", "*"]]],
  ["a name", dev, { ...dev, db_users: ["app"], db_names: ["x", "y"] }, [["allow.db_users", "app"]]],
  [
    "labels",
    dev,
    { ...dev, db_users: ["app"], db_labels: { env: "prod" } },
    [
      ["allow.db_labels", "env=prod"],
      ["allow.db_users", "app"],
    ],
  ],
  ["a rule", {}, { rules: [{ resources: ["role"], verbs: ["read"] }] }, [["allow.rules", "read role"]]],
  [
    "escalate",
    editAll,
    { rules: [{ resources: ["role"], verbs: ["escalate"] }] },
    [["allow.rules", "escalate role"]],
  ],
  ["a database role", { db_roles: ["a"] }, { db_roles: ["b"] }, [["allow.db_roles", "b"]]],
])("who lacks %s may not grant it", (_title, writer, granted, expected) => {
  expect(missing(writer, granted)).toEqual(expected);
});

test("rights of two roles aren't combined", () => {
  const writer = [
    role("a", { ...dev, db_users: ["app"] }),
    role("b", { ...dev, db_users: ["ro"], db_names: ["y"] }),
  ];
  const rights = missingRights(writer, [role("g", dev)]);
  expect(rights).toEqual([{ role: "g", rule: "allow.db_users", value: "ro" }]);
});

test("what is denied to the writer he may grant only along with the same denial", () => {
  const deny = { db_users: ["postgres"] };
  expect(missing(everything, everything, deny)).toEqual([["allow.db_users", "*"]]);
  expect(missing(everything, everything, deny, deny)).toEqual([]);
  expect(missing(everything, { ...everything, db_users: ["app"] }, deny)).toEqual([]);
  expect(missing(editAll, editAll, { rules: [{ resources: ["event"], verbs: ["read"] }] })).toEqual([
    ["allow.rules", "* *"],
  ]);
});

test("a denial of labels or names to the writer is kept in the same way", () => {
  const prod = { db_labels: { env: "prod" } };
  const both = [
    ["allow.db_labels", "*=*"],
    ["allow.db_users", "*"],
  ];
  expect(missing(everything, everything, prod)).toEqual(both);
  expect(missing(everything, everything, prod, { db_labels: { env: "*" } })).toEqual([]);
  expect(missing(everything, everything, { db_names: ["x"] })).toEqual([["allow.db_users", "*"]]);
  expect(missing(everything, { ...everything, db_names: ["y"] }, { db_names: ["x"] })).toEqual([]);
  expect(missing({ db_roles: ["a"] }, { db_roles: ["a"] }, { db_roles: ["*"] })).toEqual([
    ["allow.db_roles", "a"],
  ]);
});

test("a writer with a broken denial, which refuses him everything, may grant nothing", () => {
  expect(missing(dev, dev, { db_names: ["^("] })).not.toEqual([]);
  expect(missing({ ...dev, db_users: ["app", "ro", "^("] }, dev)).not.toEqual([]);
});

test("who holds nothing may grant none of the preset roles", () => {
  expect(missingRights([], presetRoles).map(({ role }) => role)).toEqual([
    "access",
    "access",
    "editor",
    "editor",
    ...Array(4).fill("auditor"),
  ]);
});

test.each<[keyof Conditions, Conditions]>([
  ["db_users", { db_users: ["app"] }],
  ["db_names", { db_names: ["x"] }],
  ["db_labels", { db_labels: { env: "prod" } }],
  ["db_roles", { db_roles: ["a"] }],
  ["rules", { rules: [{ resources: ["role"], verbs: ["read"] }] }],
])("a lifted denial of %s is a role that allows it", (key, deny) => {
  const lifted = liftedDenials(role("no", undefined, deny), role("no"));
  expect(lifted).toHaveLength(1);
  expect(lifted[0]?.spec.allow?.[key]).toEqual(deny[key]);
});

test("taking a denial away is a right that must be held", () => {
  const before = role("no", undefined, {
    db_users: ["postgres"],
    rules: [{ resources: ["role"], verbs: ["*"] }],
  });
  const writer = [role("w", everything), before];
  const lifted = liftedDenials(before, undefined);
  expect(missingRights(writer, lifted).map(({ value }) => value)).toEqual([
    "postgres",
    "* role",
    "escalate role",
  ]);
  expect(liftedDenials(before, before)).toEqual([]);
  expect(
    missingRights(
      [role("w", { ...everything, rules: [{ resources: ["*"], verbs: ["*", "escalate"] }] })],
      lifted,
    ),
  ).toEqual([]);
});

const everythingRole = role("all", {
  ...everything,
  rules: [{ resources: ["*"], verbs: ["*", "escalate"] }],
});
const writers = fc.oneof(
  roles,
  roles.map((roles) => [...roles, everythingRole]),
);

/** What the holder of `roles` may do, for one request and every rule. */
function abilities(roles: readonly Role[], asked: Parameters<typeof request>[1]): readonly string[] {
  const opens = decide(request(roles, asked)).type === "allow" ? ["open the database"] : [];
  const lists = labelSets
    .filter((labels) => mayListDatabase(roles, { labels }))
    .map((labels) => JSON.stringify(labels));
  const acts = ruleResources.flatMap((resource) =>
    verbs
      .filter((verb) => checkRule(roles, resource, verb).type === "allow")
      .map((verb) => `${verb} ${resource}`),
  );
  return [...opens, ...lists, ...acts];
}

function without(some: readonly string[], others: readonly string[]): readonly string[] {
  return some.filter((ability) => !others.includes(ability));
}

test("who lacks no right of a role may do whatever the role lets one do", () => {
  let granted = 0;
  fc.assert(
    fc.property(writers, anyRole, asked, (writer, role, asked) => {
      const may = missingRights(writer, [role]).length === 0 ? abilities([role], asked) : [];
      granted += may.length;
      expect(without(may, abilities(writer, asked))).toEqual([]);
    }),
    { numRuns: 3_000 },
  );
  expect(granted).toBeGreaterThan(1_000);
});

test("who lacks no right of a changed role and of its lifted denials may do whatever the change lets its holders do", () => {
  let gained = 0;
  fc.assert(
    fc.property(
      writers,
      roles,
      anyRole,
      conditions,
      fc.boolean(),
      asked,
      (writer, others, role, deny, deleted, asked) => {
        const before: Role = { ...role, spec: { ...role.spec, deny } };
        const after = deleted ? undefined : role;
        const now = after === undefined ? [] : [after];
        const missing = missingRights(writer, [...now, ...liftedDenials(before, after)]);
        const may = without(abilities([...others, ...now], asked), abilities([...others, before], asked));
        if (missing.length === 0) gained += may.length;
        const unheld = without(may, abilities(writer, asked));
        expect(missing.length === 0 ? unheld : []).toEqual([]);
      },
    ),
    { numRuns: 3_000 },
  );
  expect(gained).toBeGreaterThan(1_000);
});
