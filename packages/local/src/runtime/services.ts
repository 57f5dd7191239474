/** What runs beside the database: the control plane with its console, what AWS does around it by itself, and the proxy. */
import { sweepLostSessions } from "@postern/control/audit/sweep";
import type { Base } from "@postern/control/ports";
import { minute } from "@postern/core/time";
import { startHttpServer } from "../http/server.ts";
import type { Options } from "../options.ts";
import { createAdminVerifier, keepAdminIdentity } from "./admin-identity.ts";
import type { AuroraProcess } from "./aurora-process.ts";
import { startChangeStream } from "./change-stream.ts";
import { type LocalConsole, startConsole } from "./console.ts";
import { createBase, createControlPlane } from "./control-plane.ts";
import type { DataFolder } from "./data-folder.ts";
import { settleDatabase } from "./database.ts";
import { createDemo } from "./demo.ts";
import { openMemory } from "./memory.ts";
import { isPortInUse, type Ports, portInUse } from "./ports.ts";
import { proxyConfig } from "./proxy-config.ts";
import { ProxyProcess } from "./proxy-process.ts";
import { repeat } from "./repeat.ts";
import type { RunLock } from "./run-lock.ts";
import type { Settings } from "./settings.ts";
import type { Shutdown } from "./shutdown.ts";

export interface ServicesPlan {
  readonly options: Options;
  readonly folder: DataFolder;
  readonly lock: RunLock;
  readonly settings: Settings;
  readonly ports: Ports;
  /** It need not be ready. */
  readonly aurora: AuroraProcess;
  readonly shutdown: Shutdown;
}

/** Settles when the proxy serves the database, and the console is there. */
export async function startServices(plan: ServicesPlan): Promise<void> {
  const web = startConsole();
  await Promise.all([web.built, startOthers(plan, web)]);
}

async function startOthers(plan: ServicesPlan, web: LocalConsole): Promise<void> {
  const { folder, lock, settings, ports, aurora, shutdown } = plan;
  const base = await startControlPlane(plan, web);
  await createDemo(base, settings.demo_password);
  const database = await settleDatabase(base, aurora);
  const config = proxyConfig(folder, ports, database, aurora.caFile);
  const proxy = await shutdown.start(
    () => new ProxyProcess({ base, folder, lock, ports, config }),
    (started) => started.stop(),
  );
  await proxy.start();
  // Not before: a host that was away as long as we were is not lost.
  await shutdown.start(
    () => repeat("the sweep", minute, () => sweepLostSessions(base)),
    (started) => started.stop(),
  );
}

async function startControlPlane(plan: ServicesPlan, web: LocalConsole): Promise<Base> {
  const { options, folder, lock, settings, ports, shutdown } = plan;
  const memory = await shutdown.start(
    () => openMemory(options.store, folder, lock),
    (opened) => opened.close(),
  );
  const base = createBase(memory.store, settings, ports.http);
  const identity = keepAdminIdentity(folder.admin, base.config.origins[0]);
  const api = await createControlPlane(base, folder, settings, await createAdminVerifier(identity));
  const handle = web.before(api);
  await shutdown.start(
    () => startHttpServer({ port: ports.http, origins: base.config.origins, handle }).catch(explain),
    (started) => started.close(),
  );
  await shutdown.start(
    () => startChangeStream(memory),
    (started) => started.stop(),
  );
  return base;

  /** The port was free a moment ago. */
  function explain(error: unknown): never {
    throw isPortInUse(error) ? portInUse(ports.http, "--http-port") : error;
  }
}
