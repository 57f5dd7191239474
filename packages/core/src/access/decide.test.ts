import { expect, test } from "vitest";
import type { Conditions, Role } from "../resource/role.ts";
import { everything, labelled, request, role } from "./access.fixture.ts";
import { decide } from "./decide.ts";
import { mergeOptions } from "./options.ts";
import type { Reason } from "./reason.ts";
import { type AccessRequest, effectiveDatabaseName } from "./request.ts";

const prod = labelled({ env: "prod" });
const names = { db_names: ["*"] };

/** The table of teleport.md 2.2, with its numbers; 7 as ROLES.md changes it, 9 and 10 speak of what is still to come. */
const scenarios: readonly [string, readonly Role[], Partial<AccessRequest>, "allow" | "deny"][] = [
  [
    "1: one role has all",
    [role("r1", { ...names, db_labels: { env: "dev" }, db_users: ["app"] })],
    {},
    "allow",
  ],
  [
    "2: no single role has both labels and user",
    [
      role("r1", { ...names, db_labels: { env: "dev" }, db_users: ["app"] }),
      role("r2", { ...names, db_labels: { env: "prod" }, db_users: ["dba"] }),
    ],
    { database: prod },
    "deny",
  ],
  [
    "3: another role denies the user",
    [role("r1", everything), role("r2", undefined, { db_users: ["postgres"] })],
    { db_user: "postgres" },
    "deny",
  ],
  [
    "4: another role denies the labels",
    [role("r1", everything), role("r2", undefined, { db_labels: { env: "prod" } })],
    { database: prod },
    "deny",
  ],
  [
    "5: an absent database is the user's name, which is denied",
    [role("r1", everything), role("r2", undefined, { db_names: ["postgres"] })],
    { db_user: "postgres", db_name: effectiveDatabaseName("postgres", undefined) },
    "deny",
  ],
  ["6: an empty list of names", [role("r1", { ...everything, db_names: [] })], {}, "deny"],
  [
    "7: a glob among the users",
    [role("r1", { ...everything, db_users: ["app_*"] })],
    { db_user: "app_1" },
    "allow",
  ],
  ["8: an empty selector", [role("r1", { ...everything, db_labels: {} })], {}, "deny"],
  [
    "a deny of users is greedy: its labels don't narrow it",
    [role("r1", everything, { db_labels: { env: "prod" }, db_users: ["postgres"] })],
    { db_user: "postgres" },
    "deny",
  ],
  [
    "a deny of names is greedy: its users don't narrow it",
    [role("r1", everything, { db_users: ["nobody"], db_names: ["x"] })],
    {},
    "deny",
  ],
  [
    "a regular expression among the users",
    [role("r1", { ...everything, db_users: ["^app|ro$"] })],
    {},
    "allow",
  ],
  [
    "it holds for the whole name",
    [role("r1", { ...everything, db_users: ["^app|ro$"] })],
    { db_user: "app1" },
    "deny",
  ],
  ["names are case-sensitive", [role("r1", { ...everything, db_users: ["App"] })], {}, "deny"],
  ["no roles", [], {}, "deny"],
  ["a role that says nothing", [role("r1")], {}, "deny"],
];

test.each(scenarios)("scenario %s", (_title, roles, asked, verdict) => {
  expect(decide(request(roles, asked)).type).toBe(verdict);
});

test("only the role with labels, user and name together allows, for every combination of what roles have", () => {
  const options = {
    db_labels: [undefined, {}, { env: "dev" }, { env: "prod" }, { "*": "*" }],
    db_users: [undefined, [], ["app"], ["ro"], ["*"]],
    db_names: [undefined, [], ["x"], ["y"], ["*"]],
  } as const;
  let allowed = 0;
  for (const [i, db_labels] of options.db_labels.entries()) {
    for (const [j, db_users] of options.db_users.entries()) {
      for (const [k, db_names] of options.db_names.entries()) {
        const allow = { db_labels, db_users, db_names } as Conditions; // read-only lists, which decide doesn't write
        const expected = [i, j, k].every((index) => index === 2 || index === 4) ? "allow" : "deny";
        expect(decide(request([role("r1", allow)])).type).toBe(expected);
        if (expected === "allow") allowed++;
      }
    }
  }
  expect(allowed).toBe(8);
});

test("a v3 role without labels selects every database, later versions none", () => {
  const unlabelled = role("r1", { db_users: ["*"], db_names: ["*"] });
  expect(decide(request([{ ...unlabelled, version: "v3" }])).type).toBe("allow");
  for (const version of ["v4", "v5", "v6", "v7", "v8"] as const) {
    expect(decide(request([{ ...unlabelled, version }])).type).toBe("deny");
  }
  const empty = { ...role("r1", { ...everything, db_labels: {} }), version: "v3" } as const;
  expect(decide(request([empty])).type).toBe("deny");
});

function reasons(roles: readonly Role[], asked: Partial<AccessRequest> = {}): readonly Reason[] {
  const decision = decide(request(roles, asked));
  return decision.type === "deny" ? decision.reasons : [];
}

test("a refusal names every deny entry that hit, with its role", () => {
  const roles = [
    role("no-prod", undefined, { db_labels: { env: "prod" }, db_users: ["ro"] }),
    role("no-app", everything, { db_users: ["app", "a*", "ro"], db_names: ["^x$"] }),
  ];
  expect(reasons(roles, { database: prod })).toEqual([
    { role: "no-app", rule: "deny.db_names", value: "^x$" },
    { role: "no-app", rule: "deny.db_users", value: "a*" },
    { role: "no-app", rule: "deny.db_users", value: "app" },
    { role: "no-prod", rule: "deny.db_labels", value: "env=prod" },
  ]);
});

test("where no role matches, the refusal says what each role lacked that came near", () => {
  const roles = [
    role("labels-only", { db_labels: { env: "dev" }, db_users: ["ro"], db_names: ["y"] }),
    role("user-and-name", { db_labels: { env: "prod" }, db_users: ["app"], db_names: ["x"] }),
    role("unrelated", { db_labels: { env: "prod" }, db_users: ["dba"], db_names: ["z"] }),
  ];
  expect(reasons(roles)).toEqual([
    { role: null, rule: "no-role-matches" },
    { role: "labels-only", rule: "allow.db_names", value: "x" },
    { role: "labels-only", rule: "allow.db_users", value: "app" },
    { role: "user-and-name", rule: "allow.db_labels", value: "env=dev" },
  ]);
});

test("a broken entry in a deny part refuses, even where it would not have hit", () => {
  for (const deny of [{ db_users: ["^("] }, { db_names: ["^("] }, { db_labels: { other: "x", env: "^(" } }]) {
    const hit = reasons([role("r1", everything), role("broken", undefined, deny)]);
    expect(hit).toMatchObject([{ role: "broken", value: "^(", problem: expect.any(String) }]);
  }
});

test("a broken entry in an allow part voids that role, and is a warning where another role allows", () => {
  const broken = role("broken", { ...everything, db_users: ["*", "^("] });
  const entry = { role: "broken", rule: "allow.db_users", value: "^(", problem: expect.any(String) };
  expect(reasons([broken])).toEqual([{ role: null, rule: "no-role-matches" }, entry]);
  expect(decide(request([broken, role("sound", everything)]))).toEqual({
    type: "allow",
    role: "sound",
    options: {},
    warnings: [entry],
  });
});

test("a role counts until its end, and not at it", () => {
  const until = (end: number) =>
    decide(request([], { roles: [{ role: role("r1", everything), source: "user", until: end }] }));
  expect(until(1_001)).toMatchObject({ type: "allow", ends_at: 1_001 });
  expect(until(1_000).type).toBe("deny");
  expect(until(Number.NaN).type).toBe("deny");
});

test("a deny that is held no longer doesn't refuse", () => {
  const past = { role: role("no", undefined, { db_users: ["*"] }), source: "user", until: 999 } as const;
  const decision = decide(request([], { roles: [past, { role: role("r1", everything), source: "user" }] }));
  expect(decision.type).toBe("allow");
});

test("of several roles that allow, the one held longest decides the end", () => {
  const holding = (name: string, until?: number) => ({
    role: role(name, everything),
    source: "user" as const,
    ...(until === undefined ? {} : { until }),
  });
  const ends = (...roles: AccessRequest["roles"]) => decide(request([], { roles }));
  expect(ends(holding("a", 2_000), holding("b", 3_000))).toMatchObject({ role: "b", ends_at: 3_000 });
  expect(ends(holding("a", 2_000), holding("b"))).not.toHaveProperty("ends_at");
  expect(ends(holding("b"), holding("a"))).toMatchObject({ role: "a" });
});

test("the shortest client_idle_timeout of all roles counts, and none where none says", () => {
  const idle = (name: string, client_idle_timeout: string): Role => ({
    ...role(name, {}),
    spec: { options: { client_idle_timeout } },
  });
  expect(mergeOptions([idle("a", "1h"), idle("b", "90s"), role("c", {})])).toEqual({
    client_idle_timeout_ms: 90_000,
  });
  expect(mergeOptions([role("c", {})])).toEqual({});
});

test("the shortest max_session_ttl of all roles counts", () => {
  const ttl = (name: string, max_session_ttl: string): Role => ({
    ...role(name),
    spec: { options: { max_session_ttl } },
  });
  const decision = decide(request([role("r1", everything), ttl("long", "12h"), ttl("short", "1h30m")]));
  expect(decision).toMatchObject({ type: "allow", options: { max_session_ttl_ms: 5_400_000 } });
});

test.each([
  ["", "x"],
  ["app", ""],
  ["a".repeat(64), "x"],
  ["app", "é".repeat(32)], // 64 bytes
  ["app\0", "x"],
  ["\ud800", "x"],
])("the user %j and the name %j aren't names to PostgreSQL and are refused", (db_user, db_name) => {
  expect(reasons([role("r1", everything)], { db_user, db_name })).toMatchObject([
    { rule: "invalid-request" },
  ]);
});

test("a label that is too long to be matched refuses", () => {
  const asked = (length: number) => ({ database: labelled({ env: "a".repeat(length) }) });
  expect(decide(request([role("r1", everything)], asked(1_024))).type).toBe("allow");
  expect(reasons([role("r1", everything)], asked(1_025))).toMatchObject([{ rule: "invalid-request" }]);
});

test("a name of 63 bytes is one", () => {
  const asked = { db_user: "a".repeat(63), db_name: `${"é".repeat(31)}x` };
  expect(decide(request([role("r1", everything)], asked)).type).toBe("allow");
});

test.each([
  ["app", undefined, "app"],
  ["app", "", "app"],
  ["app", "x", "x"],
])("the user %j with the database %j opens %j", (user, name, expected) => {
  expect(effectiveDatabaseName(user, name)).toBe(expected);
});
