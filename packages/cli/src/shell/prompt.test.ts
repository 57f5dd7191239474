import { expect, test } from "vitest";
import { prompt } from "./prompt.ts";

test.each([
  ["none", "idle", false, "db=> "],
  ["statement", "idle", false, "db-> "],
  ["string", "transaction", false, "db'*> "],
  ["identifier", "failed", false, 'db"!> '],
  ["parenthesis", "idle", true, "db(# "],
  ["comment", "idle", false, "db*> "],
  ["dollar", "idle", false, "db$> "],
] as const)("%s, %s: %s", (open, status, isSuperuser, text) => {
  expect(prompt("db", open, status, isSuperuser)).toBe(text);
});
