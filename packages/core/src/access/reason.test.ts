import { expect, test } from "vitest";
import { formatReason, type Reason, sortReasons } from "./reason.ts";

test.each<[Reason, string]>([
  [{ role: null, rule: "no-role-matches" }, "no role allows it"],
  [
    { role: null, rule: "invalid-request", value: "the database user is empty" },
    "the database user is empty",
  ],
  [{ role: "db", rule: "deny.db_users", value: "post*" }, "role `db`: deny.db_users has `post*`"],
  [{ role: "db", rule: "allow.db_names", value: "x" }, "role `db`: allow.db_names has nothing for `x`"],
  [
    { role: "db", rule: "deny.db_names", value: "^(", problem: "is broken" },
    "role `db`: deny.db_names: `^(` is broken",
  ],
  [
    { role: "db", rule: "allow.db_users", value: "\u001b[2J\u202ex" },
    "role `db`: allow.db_users has nothing for `\\u{1b}[2J\\u{202e}x`",
  ],
])("the reason %j reads %j", (reason, text) => {
  expect(formatReason(reason)).toBe(text);
});

test("a long value is cut off", () => {
  expect(formatReason({ role: "db", rule: "deny.db_users", value: "a".repeat(10_000) }).length).toBeLessThan(
    200,
  );
});

test("reasons are sorted by role, rule and value, each once", () => {
  const a: Reason = { role: "a", rule: "deny.db_users", value: "x" };
  const b: Reason = { role: "b", rule: "deny.db_names", value: "x" };
  const none: Reason = { role: null, rule: "no-role-matches" };
  expect(sortReasons([b, a, none, { ...a }])).toEqual([none, a, b]);
});
