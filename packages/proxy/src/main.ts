/** `node main.ts --config FILE`, or the configuration itself in POSTERN_CONFIG, as a container has it. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Fault } from "@postern/core/fault";
import {
  apiOrigin,
  type Config,
  listenAddress,
  parseConfig,
  readJoinToken,
  servedDatabases,
} from "./config.ts";
import { createControlPlane } from "./control-plane.ts";
import { serveHealth } from "./health.ts";
import { createLog, type Log } from "./log.ts";
import { type Proxy, startProxy } from "./proxy.ts";
import { loadDefaultAuthorities } from "./upstream/trust.ts";

const version = "0.1.0";

interface Source {
  readonly config: Config;
  /** What relative paths in it may start from. */
  readonly folder: string;
}

async function readConfig(): Promise<Source> {
  const { config: path } = parseArgs({ options: { config: { type: "string" } } }).values;
  if (path !== undefined) {
    return { config: parseConfig(await readFile(path, "utf8"), path), folder: dirname(resolve(path)) };
  }
  const text = process.env["POSTERN_CONFIG"];
  if (text === undefined)
    throw new Fault("input.invalid", "no configuration: give --config FILE or set POSTERN_CONFIG");
  return { config: parseConfig(text, "POSTERN_CONFIG"), folder: process.cwd() };
}

async function start({ config, folder }: Source, log: Log): Promise<Proxy> {
  return startProxy({
    listen: listenAddress(config),
    dataDir: config.postern.data_dir,
    joinToken: () => readJoinToken(config, folder),
    serves: { public_addr: config.db_service.public_addr, databases: await servedDatabases(config) },
    defaultAuthorities: loadDefaultAuthorities(process.env["POSTERN_RDS_CA_FILE"]),
    connect: (key, accessToken) => createControlPlane({ url: apiOrigin(config), key, accessToken }),
    now: Date.now,
    version,
    log,
  });
}

/** SIGTERM, Ctrl-C, and the end of the process that started this one: its IPC channel closes, however it died. */
function untilStopped(): Promise<void> {
  return new Promise((stop) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop());
    process.once("disconnect", () => stop());
    // It may have gone while our modules were loaded.
    if (process.send !== undefined && !process.connected) stop();
  });
}

async function main(): Promise<void> {
  const log = createLog(process.env["POSTERN_LOG_LEVEL"] ?? "info");
  const source = await readConfig();
  const proxy = await start(source, log);
  const healthPort = process.env["POSTERN_HEALTH_PORT"];
  const health = healthPort === undefined ? undefined : serveHealth(Number(healthPort));
  const pg = `${listenAddress(source.config).host}:${proxy.port}`;
  if (process.send) process.send({ ready: true, pg });
  else process.stdout.write(`ready ${pg}\n`);
  await untilStopped();
  health?.close();
  await proxy.close();
}

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(
    `${error instanceof Fault ? [error.message, error.data.hint].filter(Boolean).join("\n") : String(error)}\n`,
  );
  process.exit(1);
}
