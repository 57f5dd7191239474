import { expect, test } from "vitest";
import { DecisiveWords } from "./decisive.ts";

const areFound = (...pieces: readonly string[]): boolean => {
  const words = new DecisiveWords();
  for (const piece of pieces) words.add(Buffer.from(piece));
  return words.areFound;
};

test.each([
  ["COPY t FROM stdin", true],
  ["/* \u00e4 */ prePare s as select 1", true],
  [";declare c cursor for select 1", true],
  ["select copyright from books", true],
  ["select 1", false],
])("%j: %s", (sql, expected) => {
  expect(areFound(sql)).toBe(expected);
});

test("a word is found wherever its text is broken", () => {
  const sql = "x prepare x";
  for (let cut = 0; cut <= sql.length; cut += 1)
    expect(areFound(sql.slice(0, cut), sql.slice(cut))).toBe(true);
  expect(areFound(...Array.from(sql))).toBe(true);
  expect(areFound("pre", "x", "pare")).toBe(false);
});
