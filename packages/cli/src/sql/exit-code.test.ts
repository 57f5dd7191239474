import { expect, test } from "vitest";
import { exitCodeOf } from "./exit-code.ts";

test.each([
  ["08006", 3],
  ["57P01", 3],
  ["28000", 4],
  ["57014", 5],
  ["40P01", 6],
  ["40001", 6],
  ["55P03", 6],
  ["23505", 7],
  ["42703", 8],
  ["22012", 1],
  ["", 1],
])("%j ends with %d", (sqlstate, code) => {
  expect(exitCodeOf(sqlstate)).toBe(code);
});
