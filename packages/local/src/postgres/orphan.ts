/**
 * A server whose launcher was killed goes on running, and keeps its port and its data folder. The next start finds it
 * through postmaster.pid and stops it, after making sure that it is that very server: the number in the file may belong
 * to a stranger by now.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { Fault } from "@postern/core/fault";
import { second } from "@postern/core/time";
import { z } from "zod";
import { ifMissing, type Place } from "./place.ts";
import { readPostmasterPid } from "./postmaster-pid.ts";
import { inspectProcess } from "./process-info.ts";

/** Who launched the server last, and the folder of its Unix socket. */
const Launch = z.strictObject({ launcher: z.number().int().positive(), socketDir: z.string() });
export type Launch = z.infer<typeof Launch>;

/** Fast shutdown, immediate shutdown, and the signal that nobody can ignore (manual, "Shutting Down the Server"). */
export const shutdownSteps = [
  { signal: "SIGINT", waitMs: 10 * second },
  { signal: "SIGQUIT", waitMs: 5 * second },
  { signal: "SIGKILL", waitMs: 5 * second },
] as const;

export async function recordLaunch(place: Place, launch: Launch): Promise<void> {
  await writeFile(place.launch, JSON.stringify(launch), { mode: 0o600 });
}

/** Stops what an earlier launcher left running and removes its socket folder. Fails if that launcher is alive: then the data folder is in use. */
export async function stopOrphan(place: Place): Promise<void> {
  const launch = await loadLaunch(place);
  const pid = (await readPostmasterPid(place))?.pid;
  if (pid !== undefined && (await isOurServer(place, pid))) {
    await refuseIfInUse(launch, pid);
    await shutDown(place, pid);
  } else if (pid !== undefined && (await inspectProcess(pid)) !== null) {
    await rm(`${place.data}/postmaster.pid`, { force: true }); // or PostgreSQL takes the stranger for another server
  }
  await forgetLaunch(place, launch);
}

/** Removes the record of a launch and the socket folder that it names. */
export async function forgetLaunch(place: Place, launch: Launch | null): Promise<void> {
  if (launch === null) return;
  await rm(launch.socketDir, { recursive: true, force: true });
  await rm(place.launch, { force: true });
}

async function loadLaunch(place: Place): Promise<Launch | null> {
  const text = await readFile(place.launch, "utf8").catch(ifMissing(null));
  if (text === null) return null;
  // A start that was killed while it wrote this file launched no server yet.
  try {
    return Launch.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Our program, on our data folder, run by our account. */
async function isOurServer(place: Place, pid: number): Promise<boolean> {
  const found = await inspectProcess(pid);
  return (
    found !== null &&
    found.uid === (place.account?.uid ?? process.getuid?.()) &&
    found.command.startsWith(`${place.programs}/`) &&
    found.command.includes(` -D ${place.data} `)
  );
}

/** A living launcher is its server's parent; a dead one's server was handed to another. */
async function refuseIfInUse(launch: Launch | null, pid: number): Promise<void> {
  const parent = (await inspectProcess(pid))?.parent;
  if (launch === null || parent !== launch.launcher) return;
  throw new Fault("service.unavailable", `the data folder is in use by process ${parent}`, {
    hint: "stop the other `npm start`, or give this one another --data-dir",
  });
}

async function shutDown(place: Place, pid: number): Promise<void> {
  for (const { signal, waitMs } of shutdownSteps) {
    if (!(await isOurServer(place, pid))) return;
    sendSignal(pid, signal);
    await untilGone(place, pid, waitMs);
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error; // it ended by itself
  }
}

/** It isn't our child, so there is no event to wait for. */
async function untilGone(place: Place, pid: number, waitMs: number): Promise<void> {
  const deadline = Date.now() + waitMs;
  while (Date.now() < deadline && (await isOurServer(place, pid))) await delay(20);
}
