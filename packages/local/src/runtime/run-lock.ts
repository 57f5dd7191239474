/**
 * One `npm start` per data folder. The lock is the operating system's (through SQLite, as Node itself has none), so it
 * ends with its process, however that ends. `run.json` names the programs that were started: what is left of a run that
 * was killed is ended before the folder is used again, so that no orphan keeps a port or a file.
 */
import { readFileSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { Fault } from "@postern/core/fault";
import { z } from "zod";
import { inspectProcess } from "../postgres/process-info.ts";
import { writePrivateFile } from "../private-file.ts";
import type { DataFolder } from "./data-folder.ts";

/** With its command line, which names the data folder: a pid alone may by now be a stranger's. */
const Program = z.strictObject({ pid: z.int().min(1), command: z.string().min(1) });
type Program = z.infer<typeof Program>;

const Run = z.strictObject({ pid: z.int().min(1), programs: z.array(Program) });
type Run = z.infer<typeof Run>;

export interface RunLock {
  /** Remembers a program that was started, to be ended by the next start should this one be killed. */
  add(pid: number): Promise<void>;
  release(): void;
}

/** What a program may take after SIGTERM. Killed, it loses nothing that is not recovered. */
const patienceMs = 2_000;

/** Throws Fault `resource.exists` where another `npm start` has the folder. */
export async function takeRunLock({ lock, run: file, path }: DataFolder): Promise<RunLock> {
  const held = holdLock(lock);
  if (!held) throw inUse(path, readRun(file));
  await Promise.all((readRun(file)?.programs ?? []).map(endProgram));
  const run: Run = { pid: process.pid, programs: [] };
  writePrivateFile(file, JSON.stringify(run));
  return {
    async add(pid) {
      const command = (await inspectProcess(pid))?.command;
      if (command === undefined) return; // it has ended already
      run.programs.push({ pid, command });
      writePrivateFile(file, JSON.stringify(run));
    },
    release() {
      rmSync(file, { force: true });
      held.close();
    },
  };
}

/** The lock, which lasts until it is closed or this process ends; undefined where another process has it. */
function holdLock(file: string): DatabaseSync | undefined {
  const database = new DatabaseSync(file);
  try {
    database.exec("begin exclusive");
    return database;
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}

/** SQLITE_BUSY; https://sqlite.org/rescode.html */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === 5;
}

function inUse(path: string, run: Run | undefined): Fault {
  const process = run === undefined ? "" : ` (process ${run.pid})`;
  return new Fault("resource.exists", `${path} is in use by another npm start${process}`, {
    hint: "stop it, or give this one another --data-dir",
  });
}

/** Undefined where there is none, or no such file, as a machine that lost power may leave. */
function readRun(file: string): Run | undefined {
  try {
    return Run.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

async function endProgram(program: Program): Promise<void> {
  if (!(await isRunning(program))) return;
  sendSignal(program, "SIGTERM");
  for (let waited = 0; waited < patienceMs; waited += 20) {
    await delay(20);
    if (!(await isRunning(program))) return;
  }
  sendSignal(program, "SIGKILL");
  while (await isRunning(program)) await delay(20);
}

async function isRunning({ pid, command }: Program): Promise<boolean> {
  return (await inspectProcess(pid))?.command === command;
}

function sendSignal({ pid }: Program, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended by itself between our look and our signal.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
