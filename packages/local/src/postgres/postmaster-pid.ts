/** postmaster.pid, by which PostgreSQL tells others where it runs and how far it is (its source: miscadmin.h, LOCK_FILE_LINE_*). */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ifMissing, type Place } from "./place.ts";

export interface PostmasterPid {
  readonly pid: number;
  readonly isReady: boolean;
}

const pidLine = 0;
const statusLine = 7;

/** Null when there is no such file, or it is just being written. A single-user server writes a negative pid. */
export async function readPostmasterPid(place: Place): Promise<PostmasterPid | null> {
  const text = await readFile(join(place.data, "postmaster.pid"), "utf8").catch(ifMissing(null));
  const lines = (text ?? "").split("\n");
  const pid = Math.abs(Number.parseInt(lines[pidLine] ?? "", 10));
  return pid > 1 ? { pid, isReady: lines[statusLine]?.trim() === "ready" } : null;
}
