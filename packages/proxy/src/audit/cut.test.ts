import { createHash } from "node:crypto";
import { recordLimits } from "@postern/core/audit/record";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CutText, cutText } from "./cut.ts";
import { excerptOf, GatheredExcerpt } from "./excerpt.ts";

const cut = (bytes: Uint8Array, limit: number): CutText => cutText(excerptOf(bytes), limit);

test("a text within the limit is kept as it is", () => {
  expect(cut(Buffer.from("select 'ä'"), 100)).toEqual({ text: "select 'ä'" });
});

test("a longer one is cut between two characters, and the whole can be proven", () => {
  const whole = Buffer.from("ääää");
  const shown = cut(whole, 5);
  expect(shown.text).toBe("ää");
  expect(shown.cut).toEqual({ bytes: 8, sha256: createHash("sha256").update(whole).digest("hex") });
});

test("bytes that are no UTF-8 can be proven though they can't be shown", () => {
  expect(cut(Uint8Array.of(0x61, 0xff), 100)).toMatchObject({ text: "a\ufffd", cut: { bytes: 2 } });
});

test("a text that JSON would blow up still fits a chunk", () => {
  const shown = cut(Buffer.alloc(recordLimits.statementBytes, 1), recordLimits.statementBytes);
  expect(JSON.stringify(shown.text).length).toBeLessThan(recordLimits.chunkBytes / 2);
  expect(shown.cut?.bytes).toBe(recordLimits.statementBytes);
});

test("whatever the bytes and the limit, the text is no longer than that, and well formed", () => {
  const unit = fc.constantFrom("a", "ä", "€", "😀", "\u0001");
  const property = fc.property(fc.string({ unit }), fc.nat(40), (whole, limit) => {
    const shown = cut(Buffer.from(whole), limit);
    expect(shown.text.isWellFormed() && Buffer.byteLength(shown.text) <= limit).toBe(true);
    expect(whole.startsWith(shown.text)).toBe(true);
    expect(shown.cut === undefined).toBe(shown.text === whole);
  });
  expect(() => fc.assert(property)).not.toThrow();
});

test.each([0, 1, 2, 3])("bytes that only go on with characters don't outgrow a limit of %d", (limit) => {
  expect(Buffer.byteLength(cut(new Uint8Array(100).fill(0x80), limit).text, "latin1")).toBeLessThanOrEqual(
    limit,
  );
});

test("bytes that come in pieces are cut as if they had come at once", () => {
  const piece = fc.uint8Array({ maxLength: 5 });
  const property = fc.property(fc.array(piece, { maxLength: 20 }), fc.nat(40), (pieces, limit) => {
    const excerpt = new GatheredExcerpt(limit);
    for (const each of pieces) excerpt.add(each);
    expect(cutText(excerpt, limit)).toEqual(cut(Buffer.concat(pieces), limit));
  });
  expect(() => fc.assert(property)).not.toThrow();
});
