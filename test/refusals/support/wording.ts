/** `wording.txt`: what people are shown, a paragraph a case, written and read by people. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Shown } from "./person.ts";

const file = new URL("../wording.txt", import.meta.url);

/** By the names of the cases, which are the paragraphs' first lines. */
const paragraphs = new Map(
  readFileSync(file, "utf8")
    .split(/\n\n+/)
    .map((paragraph) => paragraph.trimEnd().split(/\n\s*/))
    .map(([name = "", ...lines]) => [name, lines] as const),
);

/** What `wording.txt` has for the test that runs; with another SQLSTATE than the test's it has nothing. */
export function told(sqlstate: string): Shown {
  const name = (expect.getState().currentTestName ?? "").replaceAll(" > ", ", ");
  const shown = paragraphOf(name);
  expect({ name, code: shown.code }).toEqual({ name, code: sqlstate });
  return shown;
}

export function paragraphOf(name: string): Shown {
  const [first = "", second = ""] = paragraphs.get(name) ?? [];
  const [, severity, code, message = ""] = /^(\w+) (\w{5}): (.*)$/.exec(first) ?? [];
  return { severity, code, message, hint: second.replace(/^HINT: /, "") };
}
