/** What the operating system says of a process: from /proc on Linux, where `ps` may not be installed, else from `ps`. */
import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";

export interface ProcessInfo {
  readonly uid: number;
  readonly parent: number;
  /** The command line, its arguments joined by spaces. */
  readonly command: string;
}

/** Null when no such process runs; a zombie doesn't run. */
export async function inspectProcess(pid: number): Promise<ProcessInfo | null> {
  return process.platform === "linux" ? await readProc(pid) : await askPs(pid);
}

/** @see proc_pid_stat(5): the second field may hold spaces and parentheses, the fourth is the parent */
async function readProc(pid: number): Promise<ProcessInfo | null> {
  try {
    const folder = `/proc/${pid}`;
    const [{ uid }, status, command] = await Promise.all([
      stat(folder),
      readFile(`${folder}/stat`, "utf8"),
      readFile(`${folder}/cmdline`, "utf8"),
    ]);
    const parent = Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]);
    return command === "" ? null : { uid, parent, command: command.split("\0").join(" ").trim() };
  } catch {
    return null; // it ended before or while we looked
  }
}

async function askPs(pid: number): Promise<ProcessInfo | null> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-ww", "-o", "uid=,ppid=,args=", "-p", String(pid)]);
    const [, uid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.+)$/m.exec(stdout) ?? [];
    return command === undefined ? null : { uid: Number(uid), parent: Number(parent), command };
  } catch {
    return null; // ps exits with 1 when there is none
  }
}
