import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printable, printableLine } from "./printable.ts";

describe("text from elsewhere", () => {
  test.each([
    ["an escape sequence", "\x1b[2J", "\\u001b[2J"],
    ["OSC 52, which sets the clipboard", "\x1b]52;c;AAAA\x07", "\\u001b]52;c;AAAA\\u0007"],
    ["C1, which is one, too", "\x9b2J", "\\u009b2J"],
    ["DEL and a bare carriage return", "a\x7fb\rc", "a\\u007fb\\u000dc"],
    ["a bidirectional override", "\u202egpj.exe", "\\u202egpj.exe"],
    ["bidirectional isolates and marks", "\u2066a\u2069\u200f", "\\u2066a\\u2069\\u200f"],
    ["what has no width", "a\u200bb\ufeffc", "a\\u200bb\\ufeffc"],
    ["tags beyond the basic plane", "a\u{e0041}", "a\\udb40\\udc41"],
    ["half a character", "a\ud800", "a\\ud800"],
    ["line and paragraph separators", "a\u2028b\u2029", "a\\u2028b\\u2029"],
  ])("shows %s as escapes", (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test.each(["naïve", "日本語", "שלום", "👩‍👩‍👧", "می\u200cخواهم", "a\tb\nc"])("leaves %s alone", (text) => {
    expect(printable(text)).toBe(text);
  });

  test("has no control character left, whatever it was", () => {
    const characters = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(characters, (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}--[\n\t]]/v);
        expect(printableLine(text)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

test("on one line, line ends and tabs are seen, and nothing is lost", () => {
  expect(printableLine("a\n\tb  c ")).toBe("a\\n\\tb  c ");
});

test("JSON that is made printable is the same JSON", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: "binary" }), (value, text) => {
      const json = JSON.stringify({ value, text }, null, 2);
      expect(JSON.parse(printable(json))).toEqual(JSON.parse(json));
    }),
  );
});
