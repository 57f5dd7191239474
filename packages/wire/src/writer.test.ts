import fc from "fast-check";
import { expect, test } from "vitest";
import { CString } from "./cstring.ts";
import { encodeCopyData } from "./messages/copy-data.ts";
import { encodeQuery } from "./messages/frontend/query.ts";
import { FUZZ_RUNS } from "./test-support/frames.ts";
import { ENCODE_LIMIT, Writer } from "./writer.ts";

test("the length counts itself and the body, not the tag", () => {
  expect(new Writer(0x51).cstring(CString.from("ab")).finish()).toEqual(
    Uint8Array.of(0x51, 0, 0, 0, 7, 0x61, 0x62, 0),
  );
  expect(new Writer().uint32(80877103).finish()).toEqual(Uint8Array.of(0, 0, 0, 8, 4, 210, 22, 47));
});

test("integers out of range are refused, not wrapped", () => {
  const invalid = expect.objectContaining({ code: "value.invalid" });
  const writer = new Writer(0x51);
  expect(() => writer.byte(256)).toThrow(invalid);
  expect(() => writer.int8(128)).toThrow(invalid);
  expect(() => writer.int16(-32769)).toThrow(invalid);
  expect(() => writer.uint16(65536)).toThrow(invalid);
  expect(() => writer.int32(2 ** 31)).toThrow(invalid);
  expect(() => writer.uint32(-1)).toThrow(invalid);
  expect(() => writer.uint32(2 ** 32)).toThrow(invalid);
  expect(() => writer.uint32(1.5)).toThrow(invalid);
  expect(() => writer.uint32(Number.NaN)).toThrow(invalid);
  expect(writer.finish()).toEqual(Uint8Array.of(0x51, 0, 0, 0, 4));
});

/** Bytes that only claim their size: what a 32-bit length would wrap on, without the memory. */
function claiming(length: number): Uint8Array {
  return new Proxy(new Uint8Array(0), {
    get: (bytes, property) => (property === "length" ? length : Reflect.get(bytes, property, bytes)),
  });
}

test.each([2 ** 31 - 5, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER])(
  "a body of %d bytes is refused before anything is written (CVE-2024-27304)",
  (size) => {
    const writer = new Writer(0x64);
    const tooLong = expect.objectContaining({ code: "message.too_long" });
    expect(() => writer.bytes(claiming(size))).toThrow(tooLong);
    expect(writer.finish()).toEqual(Uint8Array.of(0x64, 0, 0, 0, 4));
    expect(() => encodeCopyData({ type: "CopyData", data: claiming(size) })).toThrow(tooLong);
  },
);

test("the limit is on the total, to the byte", () => {
  const tooLong = expect.objectContaining({ code: "message.too_long" });
  expect(new Writer(0x64, 10).bytes(new Uint8Array(5)).finish()).toHaveLength(10);
  expect(() => new Writer(0x64, 10).bytes(new Uint8Array(6))).toThrow(tooLong);
  expect(() => new Writer(0x64, 10).bytes(new Uint8Array(4)).uint16(0)).toThrow(tooLong);
  expect(() => new Writer(0x64, 10).cstring(CString.from("12345"))).toThrow(tooLong);
  expect(ENCODE_LIMIT).toBeLessThan(2 ** 30 / 8);
});

test("what is written in parts comes out whole, whatever the sizes", () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
  fc.assert(
    fc.property(parts, (parts) => {
      const writer = new Writer(0x64);
      for (const part of parts) writer.bytes(part);
      const message = Buffer.from(writer.finish());
      expect(message.subarray(5)).toEqual(Buffer.concat(parts));
      expect(message.readUInt32BE(1)).toBe(message.length - 1);
    }),
    { numRuns: FUZZ_RUNS },
  );
});

test("two writers share no bytes", () => {
  const first = encodeQuery({ type: "Query", query: CString.from("a") });
  const copy = Uint8Array.from(first);
  encodeQuery({ type: "Query", query: CString.from("b") });
  expect(first).toEqual(copy);
});
