/** Everything on one machine: what is started, in which order, and stopped in the opposite one. */
import { EventEmitter } from "node:events";
import { fileURLToPath } from "node:url";
import type { EventBus } from "@postern/control/ports";
import { startHttpServer } from "../http/server.ts";
import type { Options } from "../options.ts";
import { wipePostgres } from "../postgres/postgres.ts";
import { createAdminVerifier, keepAdminIdentity } from "./admin-identity.ts";
import { type AuroraProcess, startAuroraProcess } from "./aurora-process.ts";
import { startChangeStream } from "./change-stream.ts";
import { createBase, createControlPlane } from "./control-plane.ts";
import { type DataFolder, openDataFolder, wipeDataFolder } from "./data-folder.ts";
import { createDemo, demoUser, moveDatabase } from "./demo.ts";
import { openMemory } from "./memory.ts";
import { reservePort, tryPort } from "./ports.ts";
import { superviseProxy } from "./proxy-process.ts";
import { type RunLock, takeRunLock } from "./run-lock.ts";
import { loadSettings, type Settings, saveSettings } from "./settings.ts";
import { startSweep } from "./sweep.ts";

export interface Running {
  readonly http: string;
  readonly pg: string;
  readonly user: string;
  readonly password: string;
}

/** Stops what was started, last first, once; whatever fails to stop doesn't keep the rest from it. */
export class Shutdown {
  readonly #steps: (() => Promise<void> | void)[] = [];

  add(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  async run(): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        console.error("stop:", error);
      }
    }
  }
}

const ownCommand = fileURLToPath(new URL("../main.ts", import.meta.url));

/** Settles when everything answers. `onLost` is told of what ends by itself and can't be replaced. */
export async function startLocal(
  options: Options,
  shutdown: Shutdown,
  onLost: (reason: string) => void,
): Promise<Running> {
  const folder = openDataFolder(options.dataDir);
  const lock = await takeRunLock(folder.run, ownCommand);
  shutdown.add(() => lock.release());
  if (options.fresh) await wipe(folder);
  const httpPort = await reservePort(options.httpPort, "--http-port");
  const pgPort = await reservePort(options.pgPort, "--pg-port");
  const settings = loadSettings(folder.settings);
  const starting = startAurora(folder, settings, lock, shutdown, onLost);
  starting.catch(() => undefined); // awaited below, when the control plane is up
  const base = await startControlPlane(options, folder, settings, lock, shutdown, httpPort);
  const aurora = await starting;
  await createDemo(base, settings.demo_password);
  await moveDatabase(base, `localhost:${aurora.port}`);
  const sweep = startSweep(base);
  shutdown.add(() => sweep.stop());
  const proxy = await superviseProxy({ base, folder, lock, aurora, httpPort, pgPort });
  shutdown.add(() => proxy.stop());
  return {
    http: `http://localhost:${httpPort}`,
    pg: `localhost:${pgPort}`,
    user: demoUser,
    password: settings.demo_password,
  };
}

async function wipe(folder: DataFolder): Promise<void> {
  await wipePostgres(folder.path);
  wipeDataFolder(folder);
  openDataFolder(folder.path);
}

/** On the port of the last start, as the database is registered with it; on another if that was taken meanwhile. */
async function startAurora(
  folder: DataFolder,
  settings: Settings,
  lock: RunLock,
  shutdown: Shutdown,
  onLost: (reason: string) => void,
): Promise<AuroraProcess> {
  const aurora_port = (await tryPort(settings.aurora_port)) ?? 0;
  const aurora = await startAuroraProcess(folder, { ...settings, aurora_port }, lock, onLost);
  shutdown.add(() => aurora.stop());
  if (aurora.port !== settings.aurora_port)
    saveSettings(folder.settings, { ...settings, aurora_port: aurora.port });
  return aurora;
}

async function startControlPlane(
  { store: kind }: Options,
  folder: DataFolder,
  settings: Settings,
  lock: RunLock,
  shutdown: Shutdown,
  port: number,
) {
  const memory = await openMemory(kind, folder, lock);
  shutdown.add(() => memory.close());
  const base = createBase(memory.store, settings, port);
  const identity = keepAdminIdentity(folder.admin, base.config.origins[0]);
  const handle = await createControlPlane(base, folder, settings, await createAdminVerifier(identity));
  const server = await startHttpServer(port, handle);
  shutdown.add(() => server.close());
  const stream = startChangeStream(memory, createLocalBus());
  shutdown.add(() => stream.stop());
  return base;
}

/** Nobody subscribes on one machine yet: events go as far as they do in AWS, to a bus. */
function createLocalBus(): EventBus {
  const bus = new EventEmitter();
  return {
    publish(events) {
      for (const event of events) bus.emit(event.event, event);
      return Promise.resolve();
    },
  };
}
