import fc from "fast-check";
import { expect, test } from "vitest";
import type { Role } from "../resource/role.ts";
import { everything, labelled, request, role } from "./access.fixture.ts";
import { allowedUsers, formatAllowedUsers, mayListDatabase } from "./allowed-users.ts";
import { asked, names, roles } from "./arbitrary.fixture.ts";
import { decide } from "./decide.ts";
import { matchesAny } from "./pattern.ts";

const as = (...db_users: string[]) => ({ ...everything, db_users });
const dev = labelled({ env: "dev" });

test.each<[string, readonly Role[], string]>([
  ["every user", [role("r", everything)], "[*]"],
  ["some users of two roles", [role("r", as("b")), role("s", as("a", "b"))], "[a b]"],
  [
    "every user but some",
    [role("r", as("*", "a")), role("s", undefined, { db_users: ["c"] })],
    "[* a], except: [c]",
  ],
  [
    "a glob with an exception",
    [role("r", as("app_*"), { db_users: ["app_admin"] })],
    "[app_*], except: [app_admin]",
  ],
  ["a denied user is left out", [role("r", as("a", "b"), { db_users: ["b"] })], "[a]"],
  ["a user that a denied glob matches is left out", [role("r", as("a", "bob"), { db_users: ["b*"] })], "[a]"],
  ["all users denied", [role("r", everything, { db_users: ["*"] })], "(none)"],
  ["all users denied, a glob allowed", [role("r", as("a*"), { db_users: ["*"] })], "(none)"],
  ["all names denied", [role("r", everything, { db_names: ["*"] })], "(none)"],
  [
    "the labels denied",
    [role("r", everything), role("s", undefined, { db_labels: { env: "dev" } })],
    "(none)",
  ],
  ["other labels allowed", [role("r", { ...everything, db_labels: { env: "prod" } })], "(none)"],
  ["no names allowed", [role("r", { ...everything, db_names: [] })], "(none)"],
  ["a broken allow part", [role("r", as("a", "^("))], "(none)"],
  ["a broken deny part", [role("r", everything, { db_names: ["^("] })], "(none)"],
  ["no roles", [], "(none)"],
])("%s", (_title, roles, column) => {
  expect(formatAllowedUsers(allowedUsers(roles, dev))).toBe(column);
});

test("a user whom decide allows is among the allowed users, and of a database that may be listed", () => {
  fc.assert(
    fc.property(roles, asked, (roles, asked) => {
      if (decide(request(roles, asked)).type !== "allow") return;
      const { allow, except } = allowedUsers(roles, asked.database);
      expect(matchesAny(allow, asked.db_user, "whole")).toBe(true);
      expect(matchesAny(except, asked.db_user, "whole")).toBe(false);
      expect(mayListDatabase(roles, asked.database)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test("a user who is listed as a literal is allowed some name, unless names are denied", () => {
  fc.assert(
    fc.property(roles, asked, (roles, asked) => {
      const namesDenied = roles.some(({ spec }) => (spec.deny?.db_names ?? []).length > 0);
      if (namesDenied || !allowedUsers(roles, asked.database).allow.includes(asked.db_user)) return;
      const verdicts = names.map((db_name) => decide(request(roles, { ...asked, db_name })).type);
      expect(verdicts).toContain("allow");
    }),
    { numRuns: 2_000 },
  );
});

test("a database is listed by its labels alone", () => {
  expect(mayListDatabase([role("r", { db_labels: { env: "dev" } })], dev)).toBe(true);
  expect(mayListDatabase([role("r", { db_labels: { env: "prod" } })], dev)).toBe(false);
  expect(mayListDatabase([role("r", everything), role("s", {}, { db_labels: { env: "dev" } })], dev)).toBe(
    false,
  );
});
