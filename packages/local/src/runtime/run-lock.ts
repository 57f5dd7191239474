/**
 * One `npm start` per data folder. `run.json` names the process that has it and the programs that it started. What is
 * left of one that was killed is ended before the folder is taken over, so that no orphan keeps a port or a file.
 */
import { linkSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { Fault } from "@postern/core/fault";
import { z } from "zod";
import { inspectProcess } from "../postgres/process-info.ts";
import { writePrivateFile } from "../private-file.ts";

const Run = z.strictObject({
  pid: z.int().min(1),
  /** A part of its command line: a pid alone may by now be a stranger's. */
  command: z.string().min(1),
  programs: z.array(z.strictObject({ pid: z.int().min(1), command: z.string().min(1) })),
});
type Run = z.infer<typeof Run>;
type Program = Run["programs"][number];

export interface RunLock {
  /** Remembers a program that was started, to be ended by the next start should this one be killed. */
  add(program: Program): void;
  release(): void;
}

/** How long a program may take to see that its parent is gone, before it is killed. */
const patienceMs = 5_000;

/** Throws Fault `resource.exists` where another `npm start` has the folder. */
export async function takeRunLock(file: string, command: string): Promise<RunLock> {
  const run: Run = { pid: process.pid, command, programs: [] };
  while (!createRun(file, run)) await removeStaleRun(file);
  return {
    add(program) {
      run.programs.push(program);
      writePrivateFile(file, JSON.stringify(run));
    },
    release: () => rmSync(file, { force: true }),
  };
}

/** Atomic: of two that start at once, one links its file into place. */
function createRun(file: string, run: Run): boolean {
  const draft = `${file}.${process.pid}`;
  writePrivateFile(draft, JSON.stringify(run));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

async function removeStaleRun(file: string): Promise<void> {
  const run = readRun(file);
  if (run && (await isRunning(run))) {
    throw new Fault("resource.exists", `${file}: in use by another npm start (process ${run.pid})`, {
      hint: "Stop it, or use another --data-dir.",
    });
  }
  await Promise.all((run?.programs ?? []).map(endProgram));
  rmSync(file, { force: true });
}

/** Undefined for what is no such file, half-written by a machine that lost power, say. */
function readRun(file: string): Run | undefined {
  try {
    return Run.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

async function isRunning(program: Program): Promise<boolean> {
  if (program.pid === process.pid) return false;
  return (await inspectProcess(program.pid))?.command.includes(program.command) ?? false;
}

/** It ends by itself once its parent is gone; what hangs is killed. */
async function endProgram(program: Program): Promise<void> {
  for (let waited = 0; waited < patienceMs; waited += 50) {
    if (!(await isRunning(program))) return;
    await delay(50);
  }
  process.kill(program.pid, "SIGKILL");
}
