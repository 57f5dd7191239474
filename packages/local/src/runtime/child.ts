/**
 * A program of ours in a process of its own. It is started with an IPC channel and ends by itself when that channel
 * closes, so that no orphan outlives `npm start` even when that is killed.
 */
import { type ChildProcess, fork } from "node:child_process";
import { Fault } from "@postern/core/fault";

export interface ChildOptions {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export interface Child {
  readonly pid: number;
  /** Settles when the program has ended, stopped or not, with how it did. */
  readonly ended: Promise<Fault>;
  /** The first message for which `accepts` gives something. Rejects with how it ended when it ends before. */
  message<T>(accepts: (message: unknown) => T | undefined): Promise<T>;
  /** SIGTERM, and SIGKILL for what has not ended within `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export function startChild({ name, script, args, env }: ChildOptions): Child {
  const child = fork(script, [...args], {
    stdio: ["ignore", process.stderr, "inherit", "ipc"], // stdout is for what `npm start` itself says
    env: { ...process.env, ...env },
    execArgv: [],
    // Its own session: Ctrl-C in the terminal reaches us alone, and we end all in order.
    detached: true,
  });
  const ended = endOf(child, name);
  return {
    pid: child.pid ?? 0,
    ended,
    message: (accepts) => waitForMessage(child, ended, accepts),
    stop: (graceMs) => stopChild(child, ended, graceMs),
  };
}

function endOf(child: ChildProcess, name: string): Promise<Fault> {
  return new Promise((resolve) => {
    const tell = (how: string) => resolve(new Fault("service.unavailable", `${name} ${how}`));
    child.once("exit", (code, signal) => tell(`ended by itself (${signal ?? `exit code ${code}`})`));
    child.once("error", (error) => tell(`does not start: ${error.message}`));
  });
}

function waitForMessage<T>(
  child: ChildProcess,
  ended: Promise<Fault>,
  accepts: (message: unknown) => T | undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    child.on("message", function listen(message: unknown) {
      const accepted = accepts(message);
      if (accepted === undefined) return;
      child.off("message", listen);
      resolve(accepted);
    });
    void ended.then(reject);
  });
}

async function stopChild(child: ChildProcess, ended: Promise<Fault>, graceMs: number): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await ended;
  clearTimeout(timer);
}
