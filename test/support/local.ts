/** Starts what `npm start` starts, on free ports and a data folder of its own, and runs the CLI against it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { wipePostgres } from "@postern/local/postgres/postgres";

const root = fileURLToPath(new URL("../../", import.meta.url));
const localMain = join(root, "packages/local/src/main.ts");
const cliMain = join(root, "packages/cli/src/main.ts");

export interface Ready {
  readonly ready: true;
  readonly http: string;
  readonly pg: string;
  readonly user: string;
  readonly password: string;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Local {
  readonly ready: Ready;
  readonly dataDir: string;
  /** Everything that was printed before the ready line. */
  readonly printed: readonly string[];
  readonly process: ChildProcess;
  /** Runs `postern …` with a profile of its own for this machine. */
  postern(args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** Stops it and removes its folders. */
  remove(): Promise<void>;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface StartOptions {
  readonly store?: "sqlite" | "dynamodb";
  readonly dataDir?: string;
  readonly args?: readonly string[];
}

/** A folder for a test; its path holds a space, as people's do. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "postern test-"));
}

export async function startLocal(options: StartOptions = {}): Promise<Local> {
  const dataDir = options.dataDir ?? join(temporaryFolder(), ".postern");
  const home = join(dataDir, "..", "home");
  const flags = ["--format=json", "--http-port=0", "--pg-port=0", `--data-dir=${dataDir}`];
  const store = options.store === undefined ? [] : [`--store=${options.store}`];
  const child = spawn(process.execPath, [localMain, ...flags, ...store, ...(options.args ?? [])], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { ready, printed } = await waitForReady(child);
  const env = { ...process.env, POSTERN_HOME: home, NO_COLOR: "1" };
  return {
    ready,
    dataDir,
    printed,
    process: child,
    postern: (args, run = {}) =>
      runCommand(process.execPath, [cliMain, ...args], { ...run, env: { ...env, ...run.env } }),
    stop: () => stop(child),
    async remove() {
      await stop(child);
      await wipePostgres(dataDir);
      rmSync(join(dataDir, ".."), { recursive: true, force: true });
    },
  };
}

async function waitForReady(child: ChildProcess): Promise<{ ready: Ready; printed: string[] }> {
  const printed: string[] = [];
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
    if (process.env["TEST_LOG"]) process.stderr.write(text);
  });
  if (!child.stdout) throw new Error("no stdout");
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("{")) return { ready: JSON.parse(line) as Ready, printed };
    printed.push(line);
  }
  throw new Error(`npm start ended before it was ready:\n${printed.join("\n")}\n${errors}`);
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
  return child.exitCode;
}

export async function runCommand(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Finished> {
  const child = spawn(command, [...args], {
    env: options.env ?? process.env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => undefined).end(options.input ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

/** Asks until the answer is no longer undefined; a condition, not a time, ends it. Fails after `timeoutMs`. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  timeoutMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`not seen within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
