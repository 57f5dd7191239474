import { expect, test } from "vitest";
import { coversSelector, formatSelector, LabelSelector, matchesLabels } from "./selector.ts";

const dev = { env: "dev", team: "core" };

test.each<[string, LabelSelector, Record<string, string>, boolean]>([
  ["an empty selector selects nothing", {}, dev, false],
  ["an empty selector selects not even the unlabelled", {}, {}, false],
  ["'*': '*' selects all", { "*": "*" }, dev, true],
  ["'*': '*' selects the unlabelled", { "*": "*" }, {}, true],
  ["'*': ['*'] is the same", { "*": ["*"] }, {}, true],
  ["'*': '*' selects all, whatever stands beside it", { "*": "*", env: "prod" }, dev, true],
  ["a value is compared literally", { env: "dev" }, dev, true],
  ["values are case-sensitive", { env: "Dev" }, dev, false],
  ["keys are ANDed", { env: "dev", team: "web" }, dev, false],
  ["the values of a key are ORed", { env: ["prod", "dev"] }, dev, true],
  ["an empty list of values selects nothing", { env: [] }, dev, false],
  ["a key with the value * must be there", { env: "*" }, dev, true],
  ["a key that is absent doesn't match *", { region: "*" }, dev, false],
  ["globs work in values", { env: "d*" }, dev, true],
  ["regular expressions work in values", { env: "^(dev|test)$" }, dev, true],
  ["an inherited property is no label", { constructor: "*" }, dev, false],
])("%s", (_title, selector, labels, expected) => {
  expect(matchesLabels(selector, labels)).toBe(expected);
});

test.each([
  { "*": "dev" },
  { "*": ["*", "dev"] },
  { "*": [] },
  { "a b": "x" },
  { env: "^(" },
  { env: 1 },
  { env: null },
])("the selector %j is refused", (selector) => {
  expect(LabelSelector.safeParse(selector).success).toBe(false);
});

test.each<[LabelSelector, LabelSelector, boolean]>([
  [{ "*": "*" }, { env: "dev" }, true],
  [{ env: "dev" }, { "*": "*" }, false],
  [{ env: ["dev", "test"] }, { env: "dev", team: "core" }, true],
  [{ env: "dev", team: "core" }, { env: "dev" }, false],
  [{ env: "dev" }, { env: ["dev", "test"] }, false],
  [{ env: "d*" }, { env: "dev" }, true],
  [{ env: "*" }, { env: "^.*$" }, true],
  [{ env: "dev" }, { env: "dev", "*": "*" }, false],
  [{ env: "dev" }, {}, true],
  [{}, { env: "dev" }, false],
])("that %j covers %j is plain: %s", (wide, narrow, expected) => {
  expect(coversSelector(wide, narrow)).toBe(expected);
});

test("a selector is written on one line", () => {
  expect(formatSelector({ env: "dev", team: ["a", "b"] })).toBe("env=dev,team=[a b]");
});
