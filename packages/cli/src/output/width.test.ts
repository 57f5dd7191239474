import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { displayWidth, padEnd, truncate } from "./width.ts";

test.each([
  ["abc", 3],
  ["日本", 4],
  ["ｆｕｌｌ", 8],
  ["한글", 4],
  ["e\u0301", 1],
  ["👩‍👩‍👧", 2],
  ["", 0],
])("%s takes %d columns", (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

describe("what is too wide", () => {
  test.each([
    ["abcdef", 4, "abc…"],
    ["日本語", 4, "日…"],
    ["日本語", 5, "日本…"],
    ["abc", 3, "abc"],
  ])("is cut: %s to %d", (text, width, cut) => {
    expect(truncate(text, width)).toBe(cut);
  });

  test("never takes more than its columns, nor splits a character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 40 }), (text, width) => {
        const cut = truncate(text, width);
        expect(displayWidth(cut)).toBeLessThanOrEqual(width);
        expect(cut.isWellFormed()).toBe(text.isWellFormed());
      }),
    );
  });
});

test("what is narrower is filled with spaces", () => {
  expect(padEnd("日本", 6)).toBe("日本  ");
  expect(padEnd("longer", 3)).toBe("longer");
});
