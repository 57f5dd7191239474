import { expect, test } from "vitest";
import { CString } from "./cstring.ts";
import { Reader } from "./reader.ts";

const over = (...bytes: number[]) => new Reader(Uint8Array.from(bytes));

test("integers are big-endian, signed or not as the method says", () => {
  expect(over(0xff).byte()).toBe(255);
  expect(over(0xff).int8()).toBe(-1);
  expect(over(0xff, 0xfe).int16()).toBe(-2);
  expect(over(0xff, 0xfe).uint16()).toBe(65534);
  expect(over(0xff, 0xff, 0xff, 0xfe).int32()).toBe(-2);
  expect(over(0xff, 0xff, 0xff, 0xfe).uint32()).toBe(4294967294);
});

test("every method refuses to read past the end", () => {
  const truncated = expect.objectContaining({ code: "message.truncated" });
  expect(() => over().byte()).toThrow(truncated);
  expect(() => over().int8()).toThrow(truncated);
  expect(() => over(1).int16()).toThrow(truncated);
  expect(() => over(1).uint16()).toThrow(truncated);
  expect(() => over(1, 2, 3).int32()).toThrow(truncated);
  expect(() => over(1, 2, 3).uint32()).toThrow(truncated);
  expect(() => over(1, 2, 3).bytes(4)).toThrow(truncated);
});

test("a refused read leaves the cursor where it was", () => {
  const reader = over(1, 2, 3);
  expect(() => reader.uint32()).toThrow(expect.objectContaining({ code: "message.truncated" }));
  expect(reader.remaining).toBe(3);
  expect(reader.uint16()).toBe(0x0102);
});

test("a negative length never moves the cursor back", () => {
  const reader = over(1, 2, 3, 4);
  reader.uint16();
  expect(() => reader.bytes(-1)).toThrow(expect.objectContaining({ code: "message.truncated" }));
  expect(reader.remaining).toBe(2);
});

test("a string ends at its NUL, and one without is refused", () => {
  const reader = over(0x61, 0x62, 0, 0, 0x63);
  expect(reader.cstring()).toEqual(CString.from("ab"));
  expect(reader.cstring()).toEqual(CString.from(""));
  expect(() => reader.cstring()).toThrow(expect.objectContaining({ code: "string.unterminated" }));
});

test("a view into a bigger buffer is read within its bounds", () => {
  const pool = Uint8Array.from([9, 9, 0, 5, 0x61, 0, 9, 9, 0]);
  const reader = new Reader(pool.subarray(2, 5));
  expect(reader.uint16()).toBe(5);
  // The NUL that follows in the pool is not the message's.
  expect(() => reader.cstring()).toThrow(expect.objectContaining({ code: "string.unterminated" }));
  expect(reader.rest()).toEqual(Uint8Array.of(0x61));
});

test("bytes and rest are views, not copies", () => {
  const source = Uint8Array.from([1, 2, 3, 4]);
  const reader = new Reader(source);
  expect(reader.bytes(2).buffer).toBe(source.buffer);
  expect(reader.rest().byteOffset).toBe(2);
});

test("end tells a message that is read whole from one that is not", () => {
  const reader = over(1);
  expect(() => reader.end()).toThrow(expect.objectContaining({ code: "message.trailing" }));
  reader.byte();
  expect(() => reader.end()).not.toThrow();
});
