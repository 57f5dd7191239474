import { expect, test } from "vitest";
import { nearestNames } from "./nearest.ts";

test.each([
  ["aurorra", ["aurora"]],
  ["auorra", ["aurora"]],
  ["bd", ["db"]],
  ["aurora-1", ["aurora-2", "aurora"]],
  ["nothing-like-it", []],
  ["", ["db"].slice(1)],
])("near %j are %j", (name, expected) => {
  expect(nearestNames(name, ["aurora", "aurora-2", "db", "books"])).toEqual(expected);
});

test("three at most, the nearest first", () => {
  expect(nearestNames("role", ["roles", "rolex", "role", "mole", "hole"])).toEqual(["role", "hole", "mole"]);
});
