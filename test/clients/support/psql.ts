/** psql at a terminal, as a person has it: Ctrl-C is a key there, and what goes wrong ends nothing. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { follow } from "../../support/local.ts";

export interface Psql {
  type(lines: string): void;
  pressCtrlC(): void;
  /** The results, when it has ended. */
  readonly results: Promise<string>;
}

/** @param file its results go there: the terminal shows what is typed as well */
export function startPsql(path: string, env: Readonly<Record<string, string>>, file: string): Psql {
  const command = `exec '${path}' -XqAtn -o '${file}'`;
  const variables = { PATH: process.env["PATH"], LC_ALL: "C.UTF-8", TERM: "dumb", ...env };
  const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    env: variables,
  });
  const { finished, output } = follow(child);
  child.stdin.on("error", () => undefined);
  return {
    type: (lines) => child.stdin.write(lines),
    pressCtrlC: () => child.stdin.write("\u0003"),
    results: finished.then(({ code }) => {
      if (code !== 0) throw new Error(output.stdout);
      return readFileSync(file, "utf8");
    }),
  };
}
