import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decodeAnswer, decodeCancel, encodeAnswer, encodeCancel, longestLine } from "./message.ts";

const cancel = fc.record({
  key: fc.record({
    processId: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
    secretKey: fc.uint8Array({ minLength: 4, maxLength: 256 }).map((bytes) => Buffer.from(bytes)),
  }),
  address: fc.oneof(fc.ipV4(), fc.ipV6()),
});

test("what one host says the other understands, and it is one short line", () => {
  fc.assert(
    fc.property(cancel, (each) => {
      const line = encodeCancel(each);
      expect(line.indexOf("\n")).toBe(line.length - 1);
      expect(line.length).toBeLessThanOrEqual(longestLine);
      expect(decodeCancel(line)).toEqual(each);
    }),
  );
  expect([decodeAnswer(encodeAnswer(true)), decodeAnswer(encodeAnswer(false))]).toEqual([true, false]);
});

test("anything else is nothing", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(decodeCancel(text)).toBeUndefined();
    }),
  );
  const good = { process_id: 1, secret_key: "AAAAAA", client_addr: "a" };
  for (const bad of [
    { ...good, process_id: 1.5 },
    { ...good, process_id: 2 ** 31 },
    { ...good, secret_key: "!" },
    { ...good, secret_key: "A".repeat(348) },
    { ...good, client_addr: "" },
    { ...good, client_addr: "a".repeat(101) },
    { ...good, forwarded_to: "another" },
    [good],
    null,
  ])
    expect(decodeCancel(JSON.stringify(bad))).toBeUndefined();
  for (const text of ["", "true", '{"found":1}', '{"found":true,"more":1}'])
    expect(decodeAnswer(text)).toBe(false);
});
