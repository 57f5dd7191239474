/** Runs PostgreSQL's programs: as the server's account, in a clean environment, with their messages in a log file. */
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { Fault } from "@postern/core/fault";
import { ifMissing, type Place } from "./place.ts";

/** PGPORT, PGOPTIONS and their kin in our environment are meant for clients. */
const environment = { PATH: "/usr/bin:/bin", LC_ALL: "C" };

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

export interface RunningProgram {
  readonly child: ChildProcess;
  /** Its exit code, or null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Runs a program to its end, with `input` on its standard input. Fails with the end of what it wrote to the log. */
export async function runProgram(place: Place, command: Command, input = ""): Promise<void> {
  const { child, ended } = await startProgram(place, command, "pipe");
  child.stdin?.on("error", () => {}); // a program that gives up early says why by its exit code
  child.stdin?.end(input);
  const code = await ended;
  if (code === 0) return;
  throw await programFault(place, `${command.program} failed with exit code ${code}`);
}

/**
 * Starts a program in a session of its own, so that Ctrl-C in the terminal reaches us alone and we end it in order.
 * Its working folder is one that every account can enter.
 */
export async function startProgram(
  place: Place,
  command: Command,
  stdin: "pipe" | "ignore",
): Promise<RunningProgram> {
  const log = await open(place.log, "a", 0o600);
  try {
    const stdio: StdioOptions = [stdin, log.fd, log.fd];
    const account = place.account ?? {};
    const child = spawn(command.program, command.args, {
      cwd: "/",
      env: environment,
      stdio,
      detached: true,
      ...account,
    });
    // Listened for from the first moment: a program may have ended before the next line runs.
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    await once(child, "spawn");
    return { child, ended };
  } catch (cause) {
    throw new Fault(
      "service.unavailable",
      `${command.program} does not start on this machine`,
      { hint: noStartHint },
      cause,
    );
  } finally {
    await log.close();
  }
}

const noStartHint =
  "the PostgreSQL that comes with Postern needs glibc 2.27 or later; Alpine Linux has another libc";

/** An error that carries the end of PostgreSQL's log: there is no other word from it. */
export async function programFault(place: Place, message: string): Promise<Fault> {
  return new Fault("service.unavailable", `${message}: ${(await endOfLog(place)).trim()}`, {
    hint: `see ${place.log}`,
  });
}

export async function endOfLog(place: Place): Promise<string> {
  const text = await readFile(place.log, "utf8").catch(ifMissing(""));
  return text.slice(-2_000);
}
