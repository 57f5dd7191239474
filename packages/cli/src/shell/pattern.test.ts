import { expect, test } from "vitest";
import { parsePattern } from "./pattern.ts";

test.each([
  ["books", { schema: undefined, name: "^(books)$" }],
  ["Sales.Ord*", { schema: "^(sales)$", name: "^(ord.*)$" }],
  ['"Sales"."a.b*"', { schema: "^(Sales)$", name: "^(a\\.b\\*)$" }],
  ["a?b", { schema: undefined, name: "^(a.b)$" }],
  ["a|b$", { schema: undefined, name: "^(a\\|b\\$)$" }],
])("%s", (text, pattern) => {
  expect(parsePattern(text)).toEqual(pattern);
});
