import fc from "fast-check";
import { expect, test } from "vitest";
import { compilePattern, coversPattern, matchesAny, maxPatternLength } from "./pattern.ts";

const whole = (pattern: string, text: string) => matchesAny([pattern], text, "whole");
const asWritten = (pattern: string, text: string) => matchesAny([pattern], text, "as-written");

test.each([
  ["app", "app", true],
  ["app", "App", false],
  ["app", "app1", false],
  ["*", "anything", true],
  ["*", "", true],
  ["app_*", "app_1", true],
  ["app_*", "app_", true],
  ["app_*", "xapp_1", false],
  ["*_ro", "app_ro", true],
  ["*_ro", "app_ro2", false],
  ["a*b*c", "a1b2c", true],
  ["a*b*c", "abc", true],
  ["a*b*c", "acb", false],
  ["ab*ba", "aba", false], // prefix and suffix may not share a character
  ["a*bc*c", "abc", false],
  ["**", "x", true],
  ["a.c", "abc", false], // a dot is a dot outside a regular expression
  ["a+", "aa", false],
  ["*", "line\nbreak", true],
  ["^app_(ro|rw)$", "app_rw", true],
  ["^app_(ro|rw)$", "app_rwx", false],
  ["^a|b$", "a", true],
  ["^a|b$", "b", true],
  ["^a|b$", "ax", false],
  ["^a|b$", "xb", false],
  ["^a|ab$", "ab", true],
  ["^a\\$", "a$", true], // ends with $, though an escaped one
  ["^a$", "a\n", false],
  ["^(?m)a$", "a\nb", false],
  ["^(?i)app$", "APP", true],
  ["^\\p{Greek}+$", "αβγ", true],
  ["ä", "a\u0308", false], // no Unicode normalisation: PostgreSQL compares bytes
])("the pattern %j against the name %j: %s", (pattern, name, expected) => {
  expect(whole(pattern, name)).toBe(expected);
});

test.each([
  ["^prod|stage$", "prod-eu", true],
  ["^prod|stage$", "pre-stage", true],
  ["^prod|stage$", "xprod", false],
  ["^(prod|stage)$", "prod-eu", false],
])("as written, the pattern %j against the label %j: %s", (pattern, label, expected) => {
  expect(asWritten(pattern, label)).toBe(expected);
});

test.each([
  ["", 0],
  ["^app", 4],
  ["^ap(p$", 0],
  ["^app[z-a]$", 5],
  ["^x(?=y)$", 2],
  ["^x(?<=y)$", 2],
  ["^(a)\\1$", 4],
  ["^a{2000}$", 2],
  ["x-{{internal.db_users}}", 2],
  ["a".repeat(maxPatternLength + 1), 0],
])("the pattern %j is broken from character %i on", (pattern, offset) => {
  const compiled = compilePattern(pattern, "whole");
  expect(compiled).toMatchObject({ type: "broken", offset });
});

test("a regular expression that compiles to too large a program is broken", () => {
  expect(compilePattern(`^${"[a-z]{900}".repeat(2)}$`, "whole").type).toBe("broken");
});

test("compiling never throws, whatever the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      for (const pattern of [text, `^${text}$`, `*${text}*`]) {
        const compiled = compilePattern(pattern, "whole");
        const offset = compiled.type === "pattern" ? Number(compiled.matches(text)) : compiled.offset;
        expect(offset).toBeLessThanOrEqual(pattern.length);
      }
    }),
  );
});

test("a glob matches what the same regular expression matches", () => {
  const glob = fc.string({ unit: fc.constantFrom("a", "b", "*"), minLength: 1, maxLength: 8 });
  const name = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 });
  fc.assert(
    fc.property(glob, name, (pattern, text) => {
      expect(whole(pattern, text)).toBe(new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(text));
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ["nested repetition", `^(${"(a*)*".repeat(150)})*$`],
  ["optional repetition", "^(a?){500}a{500}$"],
  [
    "many alternatives",
    `^(${Array.from({ length: 200 }, (_, i) => `a{${i}}`).join("|")})$`.slice(0, maxPatternLength),
  ],
  ["a glob of stars", "*a".repeat(256)],
  ["overlapping classes", `^${"[a-m]*[a-z]*".repeat(70)}b$`],
])("the worst of %s is answered in bounded time", (_title, pattern) => {
  const start = performance.now();
  for (const text of ["a".repeat(1_000), `${"a".repeat(999)}!`, "ab".repeat(500)]) whole(pattern, text);
  expect(performance.now() - start).toBeLessThan(3_000);
});

test("patterns beyond the cache's size are compiled anew and mean the same", () => {
  const patterns = Array.from({ length: 1_500 }, (_, i) => `^user_${i}$`);
  for (let round = 0; round < 2; round++) {
    expect(patterns.every((pattern, i) => whole(pattern, `user_${i}`) && !whole(pattern, "user_x"))).toBe(
      true,
    );
  }
});

test.each([
  ["*", "app_*", true],
  ["app_*", "app_*", true],
  ["app_*", "app_ro", true],
  ["^app_(ro|rw)$", "app_ro", true],
  ["app_*", "app_r*", false], // true, but not plain
  ["app_*", "^app_ro$", false],
  ["app", "*", false],
  ["app", "ro", false],
])("that %j covers %j is plain: %s", (wide, narrow, expected) => {
  expect(coversPattern(wide, narrow, "whole")).toBe(expected);
});
