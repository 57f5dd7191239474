/** What docs/clients.md has people type into a shell works as it is written. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root, runCommand } from "../support/local.ts";
import { clients, isInstalled, libpq18 } from "./support/installed.ts";
import { type Stage, startStage } from "./support/stage.ts";

const page = readFileSync(join(root, "docs/clients.md"), "utf8");

/** The indented lines of a section. */
function scriptOf(section: string): string {
  const [, text = ""] = page.split(`\n## ${section}\n`);
  const [own = ""] = text.split("\n## ");
  return [...own.matchAll(/^ {4}(.*)$/gm)].map(([, line]) => line).join("\n");
}

describe.runIf(isInstalled(clients.pgDump))("typed as docs/clients.md has it", () => {
  let stage: Stage;
  let path: string;

  beforeAll(async () => {
    stage = await startStage();
    const own = "create table notes (id int primary key, note text); select lo_from_bytea(0, 'large')";
    await stage.postern.postern(["db", "query", "--db-user=alice", "--db-name=postgres", "aurora", own]);
    path = join(stage.postern.dataDir, "bin");
    mkdirSync(path);
    const command = `exec '${process.execPath}' '${root}packages/cli/src/main.ts' "$@"`;
    writeFileSync(join(path, "postern"), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  });
  afterAll(() => stage?.stop());

  test.each([
    ["psql, and what is built on libpq", "select 'typed';\n"],
    ["pg_dump and pg_restore", ""],
    ["pgbench", ""],
  ])("%s", async (section, input) => {
    const script = scriptOf(section);
    expect(script.split("\n").length).toBeGreaterThan(1);
    const PATH = [path, dirname(libpq18.psql), process.env["PATH"]].join(delimiter);
    const env = { ...process.env, POSTERN_HOME: stage.postern.home, PATH };
    // Each reads what is typed, so that each gets it.
    const lines = script.split("\n").map((line) => `${line} <input`);
    writeFileSync(join(path, "input"), input);
    const run = await runCommand("bash", ["-c", ["set -e", ...lines].join("\n")], { env, cwd: path });
    expect({ code: run.code, stderr: run.stderr }).toMatchObject({ code: 0 });
    expect(run.stdout.match(/typed/g)?.length ?? 0).toBe(input === "" ? 0 : 2);
  });
});
