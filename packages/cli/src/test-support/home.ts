/** A POSTERN_HOME of its own for each test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";

/** Returns what tells the folder: it isn't there yet. */
export function useTemporaryHome(): () => string {
  let parent = "";
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "postern-cli-test-"));
    vi.stubEnv("POSTERN_HOME", join(parent, "home"));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(parent, { recursive: true, force: true });
  });
  return () => join(parent, "home");
}
