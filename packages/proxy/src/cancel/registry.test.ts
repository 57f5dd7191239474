import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { MissLimit } from "./miss-limit.ts";
import { type Cancellable, CancelRegistry, instanceOf } from "./registry.ts";

const session = (): Cancellable => ({ cancel: async () => undefined });

test("a session is found by its whole key, and by nothing else, as long as it lives", () => {
  const registry = new CancelRegistry(randomBytes);
  const first = session();
  const key = registry.register(first, "long");
  registry.register(session(), "long");
  expect(registry.find(key)).toBe(first);
  expect(registry.find({ ...key, processId: key.processId + 1 })).not.toBe(first);
  expect(registry.find({ ...key, secretKey: key.secretKey.subarray(0, 31) })).toBeUndefined();
  expect(registry.find({ ...key, secretKey: randomBytes(32) })).toBeUndefined();
  registry.unregister(key);
  expect(registry.find(key)).toBeUndefined();
});

test("keys have the length that the protocol's version allows, and name their instance", () => {
  const registry = new CancelRegistry(randomBytes);
  const keys = [registry.register(session(), "short"), registry.register(session(), "long")];
  expect(keys.map(({ secretKey }) => secretKey.length)).toEqual([4, 32]);
  expect(keys[0]?.processId).toBeGreaterThan(0);
  expect((keys[0]?.processId ?? 0) >>> 16).toBe((keys[1]?.processId ?? 1) >>> 16);
});

test("an address that misses too often is heard no more until a minute has passed", () => {
  let now = 0;
  const limit = new MissLimit(() => now, 20);
  for (let misses = 0; misses < 20; misses += 1) {
    expect(limit.isOver("a")).toBe(false);
    limit.miss("a");
  }
  expect(limit.isOver("a")).toBe(true);
  expect(limit.isOver("b")).toBe(false);
  now = 60_000;
  expect(limit.isOver("a")).toBe(false);
});

test("a miss that turns out to be none is taken back", () => {
  const limit = new MissLimit(() => 0, 1);
  const takeBack = limit.miss("a");
  expect(limit.isOver("a")).toBe(true);
  takeBack();
  expect(limit.isOver("a")).toBe(false);
});

test("keys name the instance that was leased; those that were handed out before stay good", () => {
  const registry = new CancelRegistry(randomBytes);
  const first = session();
  const before = registry.register(first, "short");
  registry.use(0x7fff);
  expect(instanceOf(registry.register(session(), "short"))).toBe(0x7fff);
  expect(registry.find(before)).toBe(first);
});
