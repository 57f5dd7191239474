import { expect, test } from "vitest";
import { Gathered } from "./gathered.ts";

test("what goes beyond the limit is left to its owner", () => {
  const gathered = new Gathered(5);
  expect(gathered.add(Uint8Array.of(1, 2, 3))).toBe(3);
  expect(gathered.add(Uint8Array.of(4, 5, 6, 7))).toBe(2);
  expect(gathered.add(Uint8Array.of(8))).toBe(0);
  expect(gathered.bytes).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
  expect(gathered.isFull).toBe(true);
});

test("a limit costs nothing before the bytes come", () => {
  const gathered = new Gathered(1 << 30);
  gathered.add(Uint8Array.of(1));
  expect(gathered.bytes.buffer.byteLength).toBeLessThan(16);
});
