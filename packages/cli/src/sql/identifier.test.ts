import { expect, test } from "vitest";
import { quoteIdentifier } from "./identifier.ts";

test.each([
  ["alice", "alice"],
  ["app_ro2$", "app_ro2$"],
  ["Alice", '"Alice"'],
  ["a-b", '"a-b"'],
  ["2fast", '"2fast"'],
  ["user", '"user"'],
  ["all", '"all"'],
  ['x"; DROP TABLE t; --', '"x""; DROP TABLE t; --"'],
  ["ä", '"ä"'],
  ["a b@example.com", '"a b@example.com"'],
])("%s is written %s", (name, sql) => {
  expect(quoteIdentifier(name)).toBe(sql);
});
