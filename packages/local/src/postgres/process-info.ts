/** What the operating system says of a process: from /proc on Linux, where `ps` may not be installed, else from `ps`. */
import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";

export interface ProcessInfo {
  readonly uid: number;
  readonly parent: number;
  /** The process group: what a terminal's Ctrl-C reaches together. */
  readonly group: number;
  /** The command line, its arguments joined by spaces. */
  readonly command: string;
}

/** Null when no such process runs; a zombie doesn't run. */
export async function inspectProcess(pid: number): Promise<ProcessInfo | null> {
  return process.platform === "linux" ? await readProc(pid) : await askPs(pid);
}

/** @see proc_pid_stat(5): the second field may hold spaces and parentheses, the fourth is the parent, the fifth the group */
async function readProc(pid: number): Promise<ProcessInfo | null> {
  try {
    const folder = `/proc/${pid}`;
    const [{ uid }, status, command] = await Promise.all([
      stat(folder),
      readFile(`${folder}/stat`, "utf8"),
      readFile(`${folder}/cmdline`, "utf8"),
    ]);
    const [, parent, group] = status
      .slice(status.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    if (command === "" || parent === undefined || group === undefined) return null;
    return { uid, parent, group, command: command.split("\0").join(" ").trim() };
  } catch {
    return null; // it ended before or while we looked
  }
}

async function askPs(pid: number): Promise<ProcessInfo | null> {
  try {
    const { stdout } = await promisify(execFile)("ps", [
      "-ww",
      "-o",
      "uid=,ppid=,pgid=,args=",
      "-p",
      String(pid),
    ]);
    const [, uid, parent, group, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.+)$/m.exec(stdout) ?? [];
    if (command === undefined) return null;
    return { uid: Number(uid), parent: Number(parent), group: Number(group), command };
  } catch {
    return null; // ps exits with 1 when there is none
  }
}
