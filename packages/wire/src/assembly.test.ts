import { expect, test } from "vitest";
import { Assembly } from "./assembly.ts";

const header = (total: number) => ({ type: "message", tag: 0x51, total }) as const;

test("only what belongs to the frame is taken", () => {
  const assembly = new Assembly(header(7), Uint8Array.of(1, 2, 3, 4, 5));
  expect(assembly.complete).toBe(false);
  expect(assembly.add(Uint8Array.of(6, 7, 8, 9))).toBe(2);
  expect(assembly.complete).toBe(true);
  expect(assembly.bytes).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
  expect(assembly.add(Uint8Array.of(8))).toBe(0);
});

test("the buffer never outgrows twice what came, nor the frame", () => {
  const assembly = new Assembly(header(1 << 30));
  for (let came = 100; came <= 10_000; came += 100) {
    assembly.add(new Uint8Array(100));
    expect(assembly.bytes.buffer.byteLength).toBeLessThanOrEqual(2 * came);
  }
  const small = new Assembly(header(150), new Uint8Array(100));
  small.add(new Uint8Array(50));
  expect(small.bytes.buffer.byteLength).toBe(150);
});

test("bytes that come one by one are not copied each time", () => {
  const assembly = new Assembly(header(10_000));
  const buffers = new Set<ArrayBufferLike>();
  for (let at = 0; at < 10_000; at += 1) {
    assembly.add(Uint8Array.of(at));
    buffers.add(assembly.bytes.buffer);
  }
  expect(buffers.size).toBeLessThan(20);
});
