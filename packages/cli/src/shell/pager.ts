/** A person's own pager, for results that are longer than the terminal. */
import { type ChildProcess, spawn } from "node:child_process";
import { Writable } from "node:stream";
import type { Lines } from "./lines.ts";

export interface Paged {
  /** Takes a result; it is text for a terminal. */
  readonly stream: Writable & { readonly isTTY: true };
  /** Settles when the person has seen it. */
  close(): Promise<void>;
}

/** The command that the person set (psql's manual, `PSQL_PAGER`); undefined for none. */
export function pagerCommand(environment: NodeJS.ProcessEnv): string | undefined {
  const command = environment["PSQL_PAGER"] ?? environment["PAGER"] ?? "";
  return command.trim() === "" ? undefined : command;
}

/** Holds a result back until it is over, or known to be too long: then it goes through the pager as it comes. */
export function openPager(command: string, lines: Lines): Paged {
  const held: Buffer[] = [];
  let height = 0;
  let pager: RunningPager | undefined;
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      if (pager) return pager.write(chunk, done);
      held.push(chunk);
      height += chunk.toString("latin1").split("\n").length - 1;
      if (height < (process.stdout.rows || Infinity)) return done();
      pager = runPager(command, lines);
      pager.write(Buffer.concat(held), done);
    },
  });
  return {
    stream: Object.assign(stream, { isTTY: true as const }),
    async close() {
      await new Promise((resolve) => stream.end(resolve));
      if (pager) await pager.end();
      else process.stdout.write(Buffer.concat(held));
    },
  };
}

interface RunningPager {
  write(chunk: Buffer, done: () => void): void;
  end(): Promise<void>;
}

/** The terminal is the pager's while it runs. One that is left early gets no more, which is no failure. */
function runPager(command: string, lines: Lines): RunningPager {
  const takeBack = lines.suspend();
  const child = spawn("/bin/sh", ["-c", command], { stdio: ["pipe", "inherit", "inherit"] });
  const ended = endOf(child);
  child.stdin.on("error", () => undefined);
  return {
    write(chunk, done) {
      if (child.stdin.writable) child.stdin.write(chunk, () => done());
      else done();
    },
    async end() {
      child.stdin.end();
      await ended;
      takeBack();
    },
  };
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("close", () => resolve()).once("error", () => resolve());
  });
}
