import { afterEach, expect, test, vi } from "vitest";
import { Shutdown } from "./shutdown.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("what was started is stopped last first, whatever fails to stop, which is told", async () => {
  const told = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const stopped: string[] = [];
  const shutdown = new Shutdown();
  for (const name of ["first", "second", "third"]) {
    await shutdown.start(
      () => name,
      (made) => {
        stopped.push(made);
        if (made === "second") throw new Error("won't stop");
      },
    );
  }
  await shutdown.run();
  expect(stopped).toEqual(["third", "second", "first"]);
  expect(told).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("won't stop"));
});

test("what is being made when the end comes is stopped once it is made, and nothing is built on it", async () => {
  const making = Promise.withResolvers<string>();
  const stopped: string[] = [];
  const shutdown = new Shutdown();
  const started = shutdown.start(
    () => making.promise,
    (made) => void stopped.push(made),
  );
  const ended = shutdown.run();
  making.resolve("slow");
  await expect(started).rejects.toThrow("being stopped");
  await ended;
  expect(stopped).toEqual(["slow"]);
});

test("what could not be made needs no stop", async () => {
  const shutdown = new Shutdown();
  const failing = shutdown.start(
    () => Promise.reject(new Error("can't")),
    () => expect.unreachable(),
  );
  await expect(failing).rejects.toThrow("can't");
  await shutdown.run();
});

test("after the end nothing is made any more", async () => {
  const shutdown = new Shutdown();
  await shutdown.run();
  const late = shutdown.start(
    () => expect.unreachable(),
    () => undefined,
  );
  await expect(late).rejects.toThrow("being stopped");
});
