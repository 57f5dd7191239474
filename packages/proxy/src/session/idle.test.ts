import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { whenIdle } from "./idle.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const timeoutMs = 10_000;

function watch() {
  const began = Date.now();
  const session = { queue: { isIdle: true }, tally: { bytes_in: 0, bytes_out: 0 }, endedAt: 0 };
  const stop = whenIdle(session, timeoutMs, Date.now, () => {
    session.endedAt = Date.now() - began;
  });
  return { session, stop };
}

test("a session that says nothing and runs nothing is ended in time", () => {
  const { session } = watch();
  vi.advanceTimersByTime(timeoutMs - 1);
  expect(session.endedAt).toBe(0);
  vi.advanceTimersByTime(1);
  expect(session.endedAt).toBe(timeoutMs);
});

test("bytes from either side begin it anew", () => {
  const { session } = watch();
  for (const side of ["bytes_in", "bytes_out"] as const) {
    vi.advanceTimersByTime(timeoutMs - 1_000);
    session.tally[side] += 1;
  }
  vi.advanceTimersByTime(timeoutMs - 1);
  expect(session.endedAt).toBe(0);
  vi.advanceTimersByTime(timeoutMs);
  expect(session.endedAt).toBeGreaterThan(0);
});

test("a statement that runs for hours without a byte is not idle", () => {
  const { session } = watch();
  session.queue.isIdle = false;
  vi.advanceTimersByTime(100 * timeoutMs);
  expect(session.endedAt).toBe(0);
  session.queue.isIdle = true;
  vi.advanceTimersByTime(2 * timeoutMs);
  expect(session.endedAt).toBeGreaterThan(0);
});

test("one that is stopped never calls back", () => {
  const { session, stop } = watch();
  stop();
  vi.advanceTimersByTime(10 * timeoutMs);
  expect(session.endedAt).toBe(0);
});
