/** `node main.ts --config FILE [--format json]`, or the configuration itself in POSTERN_CONFIG, as a container has it. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parseListenAddress } from "@postern/core/config/listen-address";
import { parseServiceConfig } from "@postern/core/config/parse";
import { apiOrigin } from "@postern/core/config/server-url";
import { Fault, invariant } from "@postern/core/fault";
import { type Source, servedDatabases, unreadable } from "./config.ts";
import { createControlPlane } from "./control-plane.ts";
import { joinBy } from "./host/join.ts";
import { serveLoadBalancer } from "./load-balancer.ts";
import { createLog, type Log } from "./log.ts";
import { type Proxy, startProxy } from "./proxy.ts";
import { announce } from "./ready.ts";
import { loadDefaultAuthorities } from "./upstream/trust.ts";

const version = "0.1.0";

const flags = parseArgs({
  options: { config: { type: "string" }, format: { type: "string", default: "text" } },
}).values;

async function readConfig(): Promise<Source> {
  const { config: path } = flags;
  if (path !== undefined) {
    return { config: parseServiceConfig(await readText(path), path), folder: dirname(resolve(path)) };
  }
  const text = process.env["POSTERN_CONFIG"];
  if (text === undefined)
    throw new Fault("input.invalid", "no configuration: give --config FILE or set POSTERN_CONFIG");
  return { config: parseServiceConfig(text, "POSTERN_CONFIG"), folder: process.cwd() };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw unreadable(path, error instanceof Error && "code" in error ? error.code : undefined, error);
  }
}

async function start(source: Source, log: Log): Promise<Proxy> {
  const { postern, db_service } = source.config;
  const listen = parseListenAddress(db_service.listen_addr);
  const url = apiOrigin(postern.proxy_server);
  invariant(listen !== undefined && url !== undefined, "the configuration's schema checks its addresses");
  return startProxy({
    listen,
    dataDir: postern.data_dir,
    join: joinBy({
      method: postern.join,
      folder: source.folder,
      region: ownRegion(source.config),
      version,
      warn: say,
    }),
    serves: { public_addr: db_service.public_addr, databases: await servedDatabases(source) },
    defaultAuthorities: loadDefaultAuthorities(process.env["POSTERN_RDS_CA_FILE"]),
    connect: (key, accessToken) => createControlPlane({ url, key, accessToken }),
    now: Date.now,
    version,
    log,
  });
}

/** The task's or the function's own; else that of the databases, which is near, and in our partition. */
function ownRegion({ db_service }: Source["config"]): string {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  return AWS_REGION ?? AWS_DEFAULT_REGION ?? db_service.databases[0]?.aws.region ?? "us-east-1";
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
  const balancer = healthPort === undefined ? undefined : serveLoadBalancer(Number(healthPort));
  if (process.send) process.send({ ready: true });
  else announce(proxy, source.config.db_service, flags.format === "json");
  await untilStopped();
  balancer?.close();
  await proxy.close();
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

try {
  await main();
  process.exit(0);
} catch (error) {
  if (error instanceof Fault) say([`error: ${error.message}`, hintOf(error)].join(""));
  else say(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

function hintOf({ data }: Fault): string {
  return data.hint === undefined ? "" : `\nhint: ${data.hint}`;
}
