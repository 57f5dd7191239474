/** The CLI while it runs: for signals to be sent to, and at a terminal. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

export interface Running {
  readonly process: ChildProcess;
  /** What it has written so far, to stdout and stderr alike. */
  output(): string;
  type(text: string): void;
  /** The exit code, or the signal that ended it. */
  readonly end: Promise<number | NodeJS.Signals | null>;
}

/** Runs `postern …` with pipes that stay open. */
export function startPostern(args: readonly string[], env: NodeJS.ProcessEnv): Running {
  return follow(spawn(process.execPath, [main, ...args], { env, stdio: ["pipe", "pipe", "pipe"] }));
}

/** Runs it at a terminal of so many columns, by util-linux's `script`: what is typed is echoed into the output. */
export function startAtTerminal(args: readonly string[], columns: number, env: NodeJS.ProcessEnv): Running {
  const words = [process.execPath, main, ...args].map((word) => `'${word}'`).join(" ");
  const command = `stty cols ${columns} rows 40; exec ${words}`;
  return follow(spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], { env }));
}

function follow(child: ChildProcess): Running {
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stdin?.on("error", () => undefined);
  return {
    process: child,
    output: () => output,
    type: (text) => child.stdin?.write(text),
    end: once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null),
  };
}
