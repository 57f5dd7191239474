import fc from "fast-check";
import { expect, test } from "vitest";
import { excerpt } from "./excerpt.ts";

test.each([
  ["select x", 8, ["LINE 1: select x", "               ^"]],
  ["select\n\tx", 9, ["LINE 2:  x", "         ^"]],
  ["select '日本', x", 14, ["LINE 1: select '日本', x", "                       ^"]],
  ["select 𝒳, y", 11, ["LINE 1: select 𝒳, y", "                  ^"]],
  ["select (", 9, ["LINE 1: select (", "                ^"]],
])("of %j, position %d is marked", (text, position, lines) => {
  expect(excerpt(text, position)).toEqual(lines);
});

test("a long line is shown around the place", () => {
  const [line = "", mark = ""] = excerpt(
    `select ${"a, ".repeat(1000)}nothing_there, ${"b, ".repeat(1000)}`,
    3008,
  );
  expect(line.length).toBeLessThan(100);
  expect(line.slice(mark.length - 1)).toMatch(/^nothing_there/);
});

test("what isn't in the text is not marked", () => {
  fc.assert(
    fc.property(fc.string(), fc.oneof(fc.integer(), fc.double()), (text, position) => {
      const lines = excerpt(text, position);
      const length = Array.from(text).length;
      expect(lines).toHaveLength(position >= 1 && position <= length + 1 ? 2 : 0);
    }),
  );
});
