/**
 * A program of ours in a process of its own. It is started with an IPC channel and ends by itself when that channel
 * closes, so that no orphan outlives `npm start` even when that is killed.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

export interface ChildOptions {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Told when the program ends without having been stopped. */
  readonly onLost: (reason: string) => void;
}

export interface Child {
  readonly pid: number;
  /** The first message for which `accepts` holds. Rejects when the program ends before. */
  message<T>(accepts: (message: unknown) => T | undefined): Promise<T>;
  /** SIGTERM, and SIGKILL for what has not ended within `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export function startChild(options: ChildOptions): Child {
  const child = fork(options.script, [...options.args], {
    stdio: ["ignore", process.stderr, "inherit", "ipc"], // stdout is for what `npm start` itself says
    env: { ...process.env, ...options.env },
    execArgv: [],
  });
  let stopping = false;
  child.on("error", (error) => options.onLost(`${options.name}: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (!stopping) options.onLost(`${options.name} ended (${signal ?? `exit code ${code}`})`);
  });
  return {
    pid: child.pid ?? 0,
    message: (accepts) => waitForMessage(child, options.name, accepts),
    stop(graceMs) {
      stopping = true;
      return stopChild(child, graceMs);
    },
  };
}

function waitForMessage<T>(child: ChildProcess, name: string, accepts: (message: unknown) => T | undefined) {
  return new Promise<T>((resolve, reject) => {
    const onMessage = (message: unknown) => {
      const accepted = accepts(message);
      if (accepted === undefined) return;
      child.off("message", onMessage);
      resolve(accepted);
    };
    child.on("message", onMessage);
    child.once("exit", () => reject(new Error(`${name} ended before it was ready`)));
  });
}

async function stopChild(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await exited;
  clearTimeout(timer);
}
