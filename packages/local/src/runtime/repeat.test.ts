import { afterEach, expect, test, vi } from "vitest";
import { repeat } from "./repeat.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("what fails is told once and tried again, until it works", async () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const worked = Promise.withResolvers<void>();
  let tries = 0;
  const repeated = repeat("the work", 1, async () => {
    tries += 1;
    if (tries < 4) throw new Error("not yet");
    worked.resolve();
  });
  await worked.promise;
  await repeated.stop();
  expect(said.mock.calls.filter(([text]) => String(text).startsWith("the work failed"))).toHaveLength(1);
});

test("stopping waits for what runs, and nothing runs after", async () => {
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  let runs = 0;
  const repeated = repeat("the work", 0, async () => {
    runs += 1;
    begun.resolve();
    await finish.promise;
  });
  await begun.promise;
  let stopped = false;
  const stopping = repeated.stop().then(() => (stopped = true));
  await Promise.resolve();
  expect(stopped).toBe(false);
  finish.resolve();
  await stopping;
  expect(runs).toBe(1);
});
