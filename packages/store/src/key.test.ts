import fc from "fast-check";
import { expect, test } from "vitest";
import { joinKey, keyPrefix, splitKey } from "./key.ts";
import { compareBytes } from "./range.ts";

const part = fc.string({ unit: "grapheme", minLength: 1, maxLength: 10 });
const plain = fc.stringMatching(/^[A-Za-z0-9._~-]{1,6}$/);

test("a key of plain parts reads as they are", () => {
  expect(joinKey(["session", "ses_01JZ", "2030-01-01"])).toBe("session#ses_01JZ#2030-01-01");
  expect(keyPrefix(["session"])).toBe("session#");
});

test("the separator can't be injected", () => {
  expect(joinKey(["user", "a#b"])).toBe("user#a%23b");
  expect(joinKey(["user", "a%23b"])).toBe("user#a%2523b");
  expect(joinKey(["a b", "ä/!"])).toBe("a%20b#%C3%A4%2F%21");
});

test("any parts come back, and different parts give different keys", () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      expect(splitKey(joinKey(parts))).toEqual(parts);
    }),
  );
});

test("a prefix covers the keys with more parts, and no other part that begins alike", () => {
  fc.assert(
    fc.property(part, part, part, (first, second, other) => {
      expect(joinKey([first, second]).startsWith(keyPrefix([first]))).toBe(true);
      expect(joinKey([first + other, second]).startsWith(keyPrefix([first]))).toBe(false);
    }),
  );
});

test("keys of plain parts sort as their parts do, one after the other", () => {
  const parts = fc.array(plain, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      expect(Math.sign(compareBytes(joinKey(a), joinKey(b)))).toBe(Math.sign(compareParts(a, b)));
    }),
  );
});

function compareParts(a: readonly string[], b: readonly string[]): number {
  const differing = a.findIndex((each, i) => each !== b[i]);
  return differing < 0 ? a.length - b.length : compareBytes(a[differing] ?? "", b[differing] ?? "");
}

test.each([[[]], [[""]], [["a", ""]], [["\ud800"]]])("%j makes no key", (parts) => {
  expect(() => joinKey(parts)).toThrow(expect.objectContaining({ code: "store.key-invalid" }));
});

test.each(["", "a##b", "a b", "%", "%zz", "%c3%a4", "a!"])(
  "%j is not split: joinKey never made it",
  (key) => {
    expect(() => splitKey(key)).toThrow(expect.objectContaining({ code: "store.key-invalid" }));
  },
);
