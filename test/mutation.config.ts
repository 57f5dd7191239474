import { defineConfig } from "vitest/config";

/** Only the unit tests of what is mutated: that a decision is wrong must be seen beside it, not three packages away. */
export default defineConfig({
  test: { include: ["packages/core/src/{access,credential,label}/**/*.test.ts"], testTimeout: 60_000 },
});
