import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { useTemporaryHome } from "../test-support/home.ts";
import { openHistory } from "./history.ts";

const home = useTemporaryHome();
const file = () => join(home(), "history");

test("lines are there the next time, newest first, in a file for their owner alone", () => {
  const history = openHistory();
  expect(history.lines).toEqual([]);
  history.add("select 1;");
  history.add("select\n2;");
  expect(openHistory().lines).toEqual(["select 2;", "select 1;"]);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test("what begins with a blank isn't kept, nor what is empty", () => {
  const history = openHistory();
  for (const line of [" alter user alice password 'x'", "", "\tx"]) history.add(line);
  expect(openHistory().lines).toEqual([]);
});

test("two shells at once lose nothing of each other", () => {
  const [one, two] = [openHistory(), openHistory()];
  one.add("a");
  two.add("b");
  one.add("c");
  expect(openHistory().lines).toEqual(["c", "b", "a"]);
});

test("the file doesn't grow for ever", () => {
  openHistory();
  const lines = Array.from({ length: 2_001 }, (_, index) => `select ${index};`);
  writeFileSync(file(), `${lines.join("\n")}\n`, { mode: 0o600 });
  expect(openHistory().lines).toEqual(lines.slice(-1_000).toReversed());
  expect(readFileSync(file(), "utf8").split("\n")).toHaveLength(1_001);
});

test("one that others may read is refused", () => {
  openHistory().add("select 1;");
  chmodSync(file(), 0o644);
  expect(() => openHistory()).toThrow(expect.objectContaining({ code: "input.invalid" }) as Error);
});
