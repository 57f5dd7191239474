import { randomBytes } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import type { CancelKey } from "../upstream/login-phase.ts";
import { cancelHere, type HandleDeps, handleCancel } from "./handle.ts";
import { MissLimit } from "./miss-limit.ts";
import { CancelRegistry } from "./registry.ts";

let cancelled: string[];
let passedOn: { instance: number; address: string }[];
let deps: HandleDeps;
let found: boolean;

beforeEach(() => {
  cancelled = [];
  passedOn = [];
  found = true;
  const registry = new CancelRegistry(randomBytes);
  registry.use(1);
  deps = {
    registry,
    misses: new MissLimit(() => 0, 3),
    passOn: async (instance, _, address) => {
      passedOn.push({ instance, address });
      return found;
    },
  };
});

const register = (): CancelKey =>
  deps.registry.register({ cancel: async (address) => void cancelled.push(address) }, "short");

const send = (key: CancelKey, address = "a") =>
  handleCancel({ type: "CancelRequest", ...key }, address, deps);

const ofInstance = (instance: number): CancelKey => ({
  processId: instance * 0x10000 + 5,
  secretKey: randomBytes(4),
});

test("a key of ours cancels its session, and goes nowhere else", async () => {
  await send(register());
  expect(cancelled).toEqual(["a"]);
  await send(ofInstance(1));
  expect({ cancelled, passedOn }).toEqual({ cancelled: ["a"], passedOn: [] });
});

test("a key of ours from before the instance was leased still is one", async () => {
  const key = register();
  deps.registry.use(2);
  await send(key);
  expect({ cancelled, passedOn }).toEqual({ cancelled: ["a"], passedOn: [] });
});

test("a key of another instance is passed on, as often as it is found", async () => {
  for (let sent = 0; sent < 10; sent += 1) await send(ofInstance(7));
  expect(passedOn).toHaveLength(10);
  expect(passedOn[0]).toEqual({ instance: 7, address: "a" });
});

test("who guesses keys of other instances is soon passed on no more, also when many come at once", async () => {
  found = false;
  await Promise.all(Array.from({ length: 50 }, (_, at) => send(ofInstance(at + 2))));
  expect(passedOn).toHaveLength(3);
  await send(ofInstance(9), "b");
  expect(passedOn).toHaveLength(4);
});

test("who has guessed too often isn't heard with the right key either, and a forwarded one counts the same", async () => {
  const key = register();
  for (let tries = 0; tries < 3; tries += 1) expect(await cancelHere(ofInstance(1), "a", deps)).toBe(false);
  await send(key);
  expect(await cancelHere(key, "a", deps)).toBe(false);
  expect(cancelled).toEqual([]);
  expect(await cancelHere(key, "b", deps)).toBe(true);
  expect(cancelled).toEqual(["b"]);
});
