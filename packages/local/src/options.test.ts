import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { defaultDataDir, OptionError, parseOptions } from "./options.ts";

const here = "/where/a person/stands";

test("without flags it is what the guide says", () => {
  expect(parseOptions([], here)).toEqual({
    httpPort: 3080,
    pgPort: 5440,
    dataDir: defaultDataDir,
    fresh: false,
    format: "text",
    store: "sqlite",
  });
});

test("the default data folder is the checkout's, wherever one stands", () => {
  expect(defaultDataDir).toBe(fileURLToPath(new URL("../../../.postern", import.meta.url)));
});

test.each([
  ["relative", "data", `${here}/data`],
  ["of another folder", "../other", "/where/a person/other"],
  ["with a space and beyond ASCII", "my däta/☃", `${here}/my däta/☃`],
  ["absolute", "/var/data", "/var/data"],
])("a path %s is meant from where the person stood", (_what, path, expected) => {
  expect(parseOptions(["--data-dir", path], here).dataDir).toBe(expected);
});

test("all flags, in either spelling", () => {
  const flags = ["--http-port=0", "--pg-port", "65535", "--fresh", "--format=json", "--store", "dynamodb"];
  expect(parseOptions(flags, here)).toMatchObject({
    httpPort: 0,
    pgPort: 65_535,
    fresh: true,
    format: "json",
    store: "dynamodb",
  });
});

test("two free ports may both be left to the system", () => {
  expect(parseOptions(["--http-port=0", "--pg-port=0"], here)).toMatchObject({ httpPort: 0, pgPort: 0 });
});

describe("refused is", () => {
  test.each([
    ["an unknown flag", ["--bogus"]],
    ["a word that is no flag", ["start"]],
    ["a flag without its value", ["--data-dir"]],
    ["a port beyond the last", ["--pg-port=65536"]],
    ["a negative port", ["--pg-port=-1"]],
    ["a port that is no number", ["--http-port=http"]],
    ["a port in another notation", ["--http-port=0x50"]],
    ["an empty port", ["--http-port="]],
    ["one port for both", ["--http-port=5440"]],
    ["an empty path", ["--data-dir="]],
    ["another format", ["--format=yaml"]],
    ["another store", ["--store=redis"]],
  ])("%s", (_what, flags) => {
    expect(() => parseOptions(flags, here)).toThrow(OptionError);
  });
});
