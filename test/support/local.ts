/** Starts what `npm start` starts, on free ports and a data folder of its own, and runs the CLI against it. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { wipePostgres } from "@postern/local/postgres/postgres";
import { inspectProcess } from "@postern/local/postgres/process-info";

export const root = fileURLToPath(new URL("../../", import.meta.url));
const localMain = join(root, "packages/local/src/main.ts");
const cliMain = join(root, "packages/cli/src/main.ts");

/** As `npm start` has it: what was compiled once is not compiled again. */
const compiled = { NODE_COMPILE_CACHE: join(root, "node_modules/.cache/node") };

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

/** A start that may not be ready yet, or never will be. */
export interface Launched {
  readonly process: ChildProcess;
  /** What was printed so far. */
  readonly output: { stdout: string; stderr: string };
  /** Settles when it has ended and all its output is here. */
  readonly finished: Promise<Finished>;
}

export interface Local extends Launched {
  readonly ready: Ready;
  readonly dataDir: string;
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
  readonly cwd?: string;
}

export interface StartOptions {
  readonly store?: "sqlite" | "dynamodb";
  readonly dataDir?: string;
  readonly args?: readonly string[];
  /** By npm, as a person does, instead of the program that npm runs. */
  readonly npm?: boolean;
  readonly spawn?: Pick<SpawnOptions, "cwd" | "detached">;
}

/** A data folder for a test; its path holds a space, as people's do. */
export function temporaryDataDir(): string {
  return join(mkdtempSync(join(tmpdir(), "postern test-")), ".postern");
}

/** The folder around it goes as well. Nothing may run in it any more. */
export async function removeDataDir(dataDir: string): Promise<void> {
  await wipePostgres(dataDir);
  rmSync(dirname(dataDir), { recursive: true, force: true });
}

export function launchLocal(dataDir: string, options: StartOptions = {}): Launched {
  const ports = ["--http-port=0", "--pg-port=0"];
  const store = options.store === undefined ? [] : [`--store=${options.store}`];
  const flags = ["--format=json", ...ports, `--data-dir=${dataDir}`, ...store, ...(options.args ?? [])];
  const [command, args] = options.npm
    ? ["npm", ["--prefix", root, "--silent", "start", "--", ...flags]]
    : [process.execPath, [localMain, ...flags]];
  const env = { ...process.env, ...compiled, npm_lifecycle_event: undefined };
  return follow(
    spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], ...options.spawn }),
  );
}

export async function startLocal(options: StartOptions = {}): Promise<Local> {
  const dataDir = options.dataDir ?? temporaryDataDir();
  const launched = launchLocal(dataDir, options);
  const ready = await waitForReady(launched);
  const env = { ...process.env, ...compiled, POSTERN_HOME: homeOf(dataDir), NO_COLOR: "1" };
  return {
    ...launched,
    ready,
    dataDir,
    postern: (args, run = {}) => runPostern(args, { ...run, env: { ...env, ...run.env } }),
    stop: () => stop(launched),
    async remove() {
      await stop(launched);
      await removeDataDir(dataDir);
    },
  };
}

/** Where the CLI keeps its profile in tests. */
export function homeOf(dataDir: string): string {
  return join(dirname(dataDir), "home");
}

/** Keeps what it prints. */
export function follow(child: ChildProcess): Launched {
  const output = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
    if (process.env["TEST_LOG"]) process.stderr.write(text);
  });
  const finished = once(child, "close").then(([code]: (number | null)[]) => ({
    code: code ?? null,
    ...output,
  }));
  return { process: child, output, finished };
}

/** @throws with what was printed, where it ends before */
async function waitForReady({ process: child, output, finished }: Launched): Promise<Ready> {
  const line = new Promise<string>((resolve) => {
    child.stdout?.on("data", () => {
      const found = /^\{"ready".*\}$/m.exec(output.stdout);
      if (found) resolve(found[0]);
    });
  });
  const ended = finished.then(({ stdout, stderr }): never => {
    throw new Error(`npm start ended before it was ready:\n${stdout}\n${stderr}`);
  });
  return JSON.parse(await Promise.race([line, ended])) as Ready;
}

async function stop({ process: child, finished }: Launched): Promise<number | null> {
  child.kill("SIGTERM");
  return (await finished).code;
}

/** Runs `postern …`. */
export function runPostern(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return runCommand(process.execPath, [cliMain, ...args], options);
}

/** Runs `postern …` and doesn't wait for its end. */
export function launchPostern(args: readonly string[], env: NodeJS.ProcessEnv): Launched {
  return follow(spawn(process.execPath, [cliMain, ...args], { env, stdio: ["ignore", "pipe", "pipe"] }));
}

export async function runCommand(
  command: string,
  args: readonly string[],
  { input = "", env = process.env, cwd = root }: RunOptions = {},
): Promise<Finished> {
  const child = spawn(command, [...args], { env, cwd, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => undefined).end(input);
  return await follow(child).finished;
}

/** The programs that a run has started: its own process and those that `run.json` names; none before there are any. */
export function programsOf(dataDir: string): number[] {
  try {
    const run = JSON.parse(readFileSync(join(dataDir, "run.json"), "utf8")) as {
      pid: number;
      programs: { pid: number }[];
    };
    return [run.pid, ...run.programs.map(({ pid }) => pid)];
  } catch {
    return [];
  }
}

/** Settles when none of these processes runs any more. */
export async function allGone(pids: readonly number[]): Promise<void> {
  await eventually(`the end of all programs (${pids.join(", ")})`, async () => {
    const found = await Promise.all(pids.map(inspectProcess));
    return found.every((each) => each === null) ? true : undefined;
  });
}

/** Asks until the answer is no longer undefined; a condition, not a time, ends it. Fails after `timeoutMs`. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 40_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`not seen within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
