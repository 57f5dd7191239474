/** Everything on one machine: what is started, in which order, and stopped in the opposite one. */
import type { Fault } from "@postern/core/fault";
import type { Options } from "../options.ts";
import { wipePostgres } from "../postgres/postgres.ts";
import { startAuroraProcess } from "./aurora-process.ts";
import { type DataFolder, openDataFolder, wipeDataFolder } from "./data-folder.ts";
import { choosePorts } from "./ports.ts";
import { takeRunLock } from "./run-lock.ts";
import { demoUser, loadSettings, saveSettings } from "./settings.ts";
import type { Shutdown } from "./shutdown.ts";

export interface Running {
  readonly http: string;
  readonly pg: string;
  readonly user: string;
  readonly password: string;
  /** Settles when what can't be replaced has ended: nothing works any more. */
  readonly lost: Promise<Fault>;
}

/** Settles when everything answers. @throws Fault for what the person in front of it can change */
export async function startLocal(options: Options, shutdown: Shutdown): Promise<Running> {
  const folder = openDataFolder(options.dataDir);
  const lock = await shutdown.start(
    () => takeRunLock(folder),
    (taken) => taken.release(),
  );
  // Before anything is wiped or made: a start that can't be changes nothing.
  const ports = await choosePorts(options, options.fresh ? 0 : loadSettings(folder.settings).aurora_port);
  if (options.fresh) await wipe(folder);
  const settings = { ...loadSettings(folder.settings), aurora_port: ports.aurora };
  saveSettings(folder.settings, settings);
  const aurora = await shutdown.start(
    () => startAuroraProcess(folder, settings, ports.aurora),
    (started) => started.stop(),
  );
  await lock.add(aurora.pid);
  // The larger part of our own code loads while PostgreSQL starts.
  const { startServices } = await import("./services.ts");
  await startServices({ options, folder, lock, settings, ports, aurora, shutdown });
  await aurora.ready;
  return {
    http: `http://localhost:${ports.http}`,
    pg: `localhost:${ports.pg}`,
    user: demoUser,
    password: settings.demo_password,
    lost: aurora.ended,
  };
}

/** Under the lock, so that it can't hit one that runs. */
async function wipe(folder: DataFolder): Promise<void> {
  await wipePostgres(folder.path);
  wipeDataFolder(folder);
}
