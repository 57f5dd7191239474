import { Duration } from "@postern/core/time";
import { InvalidArgumentError } from "commander";
import { expect, test } from "vitest";
import { parseBy, parseCount, parseFullList, parseList, parseTime } from "./options.ts";

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

test("a time is a duration back from now, or RFC 3339 with its zone", () => {
  expect(Math.abs(Date.parse(parseTime("1h")) - (Date.now() - 3_600_000))).toBeLessThan(60_000);
  expect(parseTime("2026-03-04T12:00:00+02:00")).toBe("2026-03-04T10:00:00.000Z");
  for (const wrong of ["yesterday", "2026-03-04", "2026-03-04T12:00:00", "2026-13-04T12:00:00Z", "-1h", ""])
    expect(() => parseTime(wrong)).toThrow(InvalidArgumentError);
});
