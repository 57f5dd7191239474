import { expect, test } from "vitest";
import { createId, createUlid, isId } from "./id.ts";

const zeros = (count: number) => new Uint8Array(count);
const ones = (count: number) => new Uint8Array(count).fill(255);

test("a ULID is the specification's: time in 10 characters, randomness in 16", () => {
  expect(createUlid(0, zeros)).toBe("00000000000000000000000000");
  expect(createUlid(2 ** 48 - 1, ones)).toBe("7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
  expect(createUlid(1_469_918_176_385, zeros)).toBe("01ARYZ6S410000000000000000");
});

test("ids sort by time whatever the randomness", () => {
  expect(createId("grant", 1_000, ones) < createId("grant", 1_001, zeros)).toBe(true);
});

test("an id says what it names, and one of another kind is not taken for it", () => {
  const id = createId("grant", 1_000, ones);
  expect(isId("grant", id)).toBe(true);
  expect(isId("host", id)).toBe(false);
  expect(isId("grant", `${id}x`)).toBe(false);
  expect(isId("grant", id.toLowerCase())).toBe(false);
});
