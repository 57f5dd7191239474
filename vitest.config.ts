import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Their tests change nothing of the process that they run in: one loads the modules for all. */
const pure = "packages/{client,control,core,store,wire}/src/**/*.test.ts";

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A condition is waited for, however slow the machine is just now.
    expect: { poll: { timeout: 30_000 } },
    // Most tests wait for other programs: one more worker than cores keeps the machine at work.
    maxWorkers: Math.max(2, availableParallelism()) + 1,
    projects: [
      { extends: true, test: { name: "pure", include: [pure], isolate: false } },
      {
        extends: true,
        test: {
          name: "whole",
          include: ["packages/*/src/**/*.test.ts", "functions/src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: [pure],
        },
      },
    ],
  },
});
