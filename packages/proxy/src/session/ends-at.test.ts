import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { whenTimeComes } from "./ends-at.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

test("calls back once, when the time has come", () => {
  const callback = vi.fn<() => void>();
  whenTimeComes(inMs(12 * 3_600_000), Date.now, callback);
  vi.advanceTimersByTime(12 * 3_600_000 - 1);
  expect(callback).not.toHaveBeenCalled();
  vi.advanceTimersByTime(3_600_000);
  expect(callback).toHaveBeenCalledOnce();
});

test("notices soon that a machine has slept past the time", () => {
  const callback = vi.fn<() => void>();
  whenTimeComes(inMs(3_600_000), Date.now, callback);
  vi.setSystemTime(Date.now() + 2 * 3_600_000);
  vi.advanceTimersByTime(30_001);
  expect(callback).toHaveBeenCalledOnce();
});

test("can be stopped", () => {
  const callback = vi.fn<() => void>();
  const stop = whenTimeComes(inMs(60_000), Date.now, callback);
  stop();
  vi.advanceTimersByTime(120_000);
  expect(callback).not.toHaveBeenCalled();
});
