import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { ensurePlatform, root } from "./support/platform.ts";

const run = promisify(execFile);
const platform = await ensurePlatform();

describe.skipIf(platform.type === "unreachable")("infra/ and sst.config.ts", () => {
  test("have the types of SST's components", async () => {
    const problems = (await check("infra")).filter((line) => !line.startsWith("packages/"));
    expect(problems).toEqual([]);
    // Some 6 seconds of work, which a busy machine makes much of.
  }, 120_000);
});

/** The compiler's messages, a line each. Packages are checked with the root's stricter flags, elsewhere. */
async function check(project: string): Promise<string[]> {
  const tsc = path.join(root, "node_modules", ".bin", "tsc");
  const stdout = await run(tsc, ["--project", project, "--pretty", "false"], { cwd: root }).then(
    (done) => done.stdout,
    (failed: { stdout: string }) => failed.stdout,
  );
  return stdout.split("\n").filter((line) => line !== "" && !line.startsWith(" "));
}
