import { Duration } from "@postern/core/time";
import { InvalidArgumentError } from "commander";
import { expect, test } from "vitest";
import { parseBy, parseCount, parseFullList, parseList } from "./options.ts";

test.each(["x", "", "0", "-1", "2.5", "1e3", "0x10", "99999999999", " 1", "NaN"])(
  "%j is no count",
  (text) => {
    expect(() => parseCount(text)).toThrow(InvalidArgumentError);
  },
);

test("a count is a whole number from 1 on", () => {
  expect(parseCount("1")).toBe(1);
  expect(parseCount("1000")).toBe(1000);
});

test("a value is refused in its schema's words", () => {
  expect(parseBy(Duration)("1h30m")).toBe("1h30m");
  expect(() => parseBy(Duration)("1 hour")).toThrow(InvalidArgumentError);
});

test("a list has commas, and spaces where people put them", () => {
  expect(parseFullList("access, db,")).toEqual(["access", "db"]);
  expect(parseList("")).toEqual([]);
  expect(() => parseFullList(" , ")).toThrow(InvalidArgumentError);
});
