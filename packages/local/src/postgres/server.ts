/** Launches the server on a cluster, waits until it takes connections, and ends it. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { second } from "@postern/core/time";
import { giveTo } from "./account.ts";
import { type Settings, serverArguments } from "./configuration.ts";
import { forgetLaunch, recordLaunch, shutdownSteps } from "./orphan.ts";
import type { Place } from "./place.ts";
import type { Postgres } from "./postgres.ts";
import { readPostmasterPid } from "./postmaster-pid.ts";
import type { Programs } from "./programs.ts";
import { endOfLog, programFault, startProgram } from "./run-program.ts";

type Server = Omit<Postgres, "superuser" | "certificate">;

/** Crash recovery comes before readiness and may take its time. */
const readyWithinMs = 60 * second;
const retryForMs = 15 * second;

/** What passes by itself: another program was faster to the port, or a killed server's sessions are not yet done. */
const passing =
  /could not bind|could not create any TCP|pre-existing shared memory block|lock file .* already exists/;

export async function launchServer(
  place: Place,
  programs: Programs,
  logStatements: boolean,
): Promise<Server> {
  const giveUp = Date.now() + retryForMs;
  for (;;) {
    const server = await tryLaunch(place, programs, logStatements);
    if (server !== null) return server;
    if (Date.now() > giveUp || !passing.test(await endOfLog(place)))
      throw await programFault(place, "PostgreSQL did not start");
    await delay(100);
  }
}

/** Null when the server ended before it was ready; the log says why. */
async function tryLaunch(place: Place, programs: Programs, logStatements: boolean): Promise<Server | null> {
  await emptyLogs(place);
  const settings: Settings = {
    port: await freePort(),
    socketDir: await makeSocketFolder(place),
    logStatements,
  };
  const launch = { launcher: process.pid, socketDir: settings.socketDir };
  await recordLaunch(place, launch);
  const { child, ended } = await startProgram(
    place,
    { program: programs.postgres, args: serverArguments(place, settings) },
    "ignore",
  );
  const exited = ended.then(async () => await forgetLaunch(place, launch));
  if (!(await isReady(place, child))) {
    await exited;
    return null;
  }
  return {
    socket: join(settings.socketDir, `.s.PGSQL.${settings.port}`),
    port: settings.port,
    statementLog: logStatements ? join(place.statements, "statements.json") : null,
    exited,
    stop: async () => await stopServer(child, exited),
  };
}

async function emptyLogs(place: Place): Promise<void> {
  await writeFile(place.log, "", { mode: 0o600 });
  await rm(place.statements, { recursive: true, force: true });
  await mkdir(place.statements, { mode: 0o700 });
  await giveTo(place.account, place.statements);
}

/** PostgreSQL can't be told port 0. Whoever takes the port in between makes this launch fail, and the next one takes another. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo; // listening on TCP, so neither null nor a pipe's name
  probe.close();
  await once(probe, "close");
  return port;
}

/** Fresh, 0700, and in /tmp: the path of a Unix socket holds at most 107 bytes, and the data folder's may be longer. */
async function makeSocketFolder(place: Place): Promise<string> {
  const folder = await mkdtemp("/tmp/postern-");
  await giveTo(place.account, folder);
  return folder;
}

/** False when it ended instead. There is no event for readiness: postmaster.pid is where pg_ctl looks, too. */
async function isReady(place: Place, child: ChildProcess): Promise<boolean> {
  const giveUp = Date.now() + readyWithinMs;
  while (child.exitCode === null && child.signalCode === null) {
    const file = await readPostmasterPid(place);
    if (file?.pid === child.pid && file?.isReady === true) return true;
    if (Date.now() > giveUp) child.kill("SIGKILL");
    await delay(10);
  }
  return false;
}

async function stopServer(child: ChildProcess, exited: Promise<void>): Promise<void> {
  for (const { signal, waitMs } of shutdownSteps) {
    child.kill(signal);
    const timer = new AbortController();
    const timeout = delay(waitMs, false, { signal: timer.signal }).catch(() => false);
    const ended = await Promise.race([exited.then(() => true), timeout]);
    timer.abort();
    if (ended) return;
  }
}
