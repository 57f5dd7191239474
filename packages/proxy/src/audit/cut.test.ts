import { createHash } from "node:crypto";
import { recordLimits } from "@postern/core/audit/record";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cutText } from "./cut.ts";

test("a text within the limit is kept as it is", () => {
  expect(cutText(Buffer.from("select 'ä'"), 100)).toEqual({ text: "select 'ä'" });
});

test("a longer one is cut between two characters, and the whole can be proven", () => {
  const whole = Buffer.from("ääää");
  const { text, cut } = cutText(whole, 5);
  expect(text).toBe("ää");
  expect(cut).toEqual({ bytes: 8, sha256: createHash("sha256").update(whole).digest("hex") });
});

test("bytes that are no UTF-8 can be proven though they can't be shown", () => {
  expect(cutText(Uint8Array.of(0x61, 0xff), 100)).toMatchObject({ text: "a\ufffd", cut: { bytes: 2 } });
});

test("a text that JSON would blow up still fits a chunk", () => {
  const { text, cut } = cutText(Buffer.alloc(recordLimits.statementBytes, 1), recordLimits.statementBytes);
  expect(JSON.stringify(text).length).toBeLessThan(recordLimits.chunkBytes / 2);
  expect(cut?.bytes).toBe(recordLimits.statementBytes);
});

test("whatever the bytes and the limit, the text is no longer than that, and well formed", () => {
  const unit = fc.constantFrom("a", "ä", "€", "😀", "\u0001");
  const property = fc.property(fc.string({ unit }), fc.nat(40), (whole, limit) => {
    const { text, cut } = cutText(Buffer.from(whole), limit);
    expect(text.isWellFormed() && Buffer.byteLength(text) <= limit).toBe(true);
    expect(whole.startsWith(text)).toBe(true);
    expect(cut === undefined).toBe(text === whole);
  });
  expect(() => fc.assert(property)).not.toThrow();
});
