/**
 * A whole Postern in this process: the stand-in Aurora, the control plane over HTTP, and a proxy. For tests that need
 * more of it than `npm start` gives: other databases, tighter limits, parts that fail.
 */

import { readFile } from "node:fs/promises";
import { type CallInput, type Client, createClient } from "@postern/client/client";
import { importProofKey } from "@postern/client/proof";
import type { Base } from "@postern/control/ports";
import type { ServedDatabase } from "@postern/core/api/host";
import type { AuditEvent } from "@postern/core/audit/event";
import type { Database } from "@postern/core/resource/db";
import { type Aurora, startAurora } from "@postern/local/aurora/aurora";
import { type HttpServer, startHttpServer } from "@postern/local/http/server";
import {
  type AdminIdentity,
  createAdminVerifier,
  keepAdminIdentity,
} from "@postern/local/runtime/admin-identity";
import { region } from "@postern/local/runtime/aurora-process";
import { createBase, createControlPlane } from "@postern/local/runtime/control-plane";
import { type DataFolder, openDataFolder } from "@postern/local/runtime/data-folder";
import { settleDatabase } from "@postern/local/runtime/database";
import { createDemo } from "@postern/local/runtime/demo";
import { keepJoinToken } from "@postern/local/runtime/join-token";
import { choosePorts } from "@postern/local/runtime/ports";
import { demoUser, loadSettings, type Settings } from "@postern/local/runtime/settings";
import { createControlPlane as connectToControlPlane } from "@postern/proxy/control-plane";
import { createLog, silentLog } from "@postern/proxy/log";
import { type Proxy, type ProxyLimits, startProxy } from "@postern/proxy/proxy";
import { openSqliteStore } from "@postern/store/sqlite/store";
import {
  type Finished,
  homeOf,
  type Launched,
  launchPostern,
  type RunOptions,
  removeDataDir,
  runPostern,
  temporaryDataDir,
} from "./local.ts";

export interface PosternOptions {
  /** SQL for the database, run once by its superuser. */
  readonly moreSeed?: readonly string[];
  /** Served besides `aurora`. */
  readonly databases?: readonly ServedDatabase[];
  readonly limits?: Partial<ProxyLimits>;
  /** Where the control plane is reached besides, by something that the test puts before it. */
  readonly origin?: string;
}

/** Running; it answers nobody between a stop and a start. */
export interface ControlPlane {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface Postern {
  readonly dataDir: string;
  readonly aurora: Aurora;
  readonly base: Base;
  readonly proxy: Proxy;
  /** The control plane's origin. */
  readonly url: string;
  /** As the local admin. */
  readonly admin: Client;
  readonly controlPlane: ControlPlane;
  /** Where its CLI keeps its profile: POSTERN_HOME. */
  readonly home: string;
  /** The demo's. */
  readonly user: { readonly name: string; readonly password: string };
  /** Runs `postern …` with a profile of its own. */
  postern(args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** The same, for commands that last. */
  launch(args: readonly string[]): Launched;
  /** As the demo's user, with the CLI. */
  login(): Promise<void>;
  /** Oldest first. */
  events(filter: CallInput<"searchAudit">["query"]): Promise<AuditEvent[]>;
  /** Stops it and removes its folders. */
  remove(): Promise<void>;
}

export async function startPostern(options: PosternOptions = {}): Promise<Postern> {
  const dataDir = temporaryDataDir();
  const folder = openDataFolder(dataDir);
  const settings = loadSettings(folder.settings);
  const ports = await choosePorts({ httpPort: 0, pgPort: 0 }, 0);
  const aurora = await startStandIn(dataDir, settings, ports.aurora, options.moreSeed ?? []);
  const store = openSqliteStore({ path: folder.sqlite, now: Date.now });
  const base = withOrigin(createBase(store, settings, ports.http), options.origin);
  const [url] = base.config.origins;
  const identity = keepAdminIdentity(folder.admin, url);
  const controlPlane = await openControlPlane(base, folder, settings, identity, ports.http);
  await controlPlane.start();
  await createDemo(base, settings.demo_password);
  const database = await settleDatabase(base, { port: aurora.port, caFile: aurora.caFile });
  await keepJoinToken(base, folder);
  const proxy = await startServing(
    folder,
    ports.pg,
    url,
    [servedAs(database), ...(options.databases ?? [])],
    options,
  );
  const key = await importProofKey(identity.key);
  const admin = createClient({ url, key, accessToken: () => identity.access_token });
  const home = homeOf(dataDir);
  const env = { ...process.env, POSTERN_HOME: home, NO_COLOR: "1" };
  const postern: Postern["postern"] = (args, run = {}) =>
    runPostern(args, { ...run, env: { ...env, ...run.env } });
  const launch: Postern["launch"] = (args) => launchPostern(args, env);
  const user = { name: demoUser, password: settings.demo_password };
  return {
    dataDir,
    aurora,
    base,
    proxy,
    url,
    admin,
    controlPlane,
    home,
    user,
    postern,
    launch,
    async login() {
      const flags = [`--proxy=${new URL(url).host}`, `--user=${user.name}`, "--password-stdin"];
      const { code, stderr } = await postern(["login", ...flags], { input: `${user.password}\n` });
      if (code !== 0) throw new Error(`login: ${stderr}`);
    },
    async events(filter) {
      return (await admin.call("searchAudit", { query: { limit: 1000, ...filter } })).events;
    },
    async remove() {
      await proxy.close();
      await controlPlane.stop();
      await aurora.stop();
      await store.close();
      await removeDataDir(dataDir);
    },
  };
}

function withOrigin(base: Base, origin: string | undefined): Base {
  if (origin === undefined) return base;
  const [first, ...others] = base.config.origins;
  return { ...base, config: { ...base.config, origins: [first, ...others, origin] } };
}

function startStandIn(
  dataDir: string,
  { aws }: Settings,
  port: number,
  moreSeed: readonly string[],
): Promise<Aurora> {
  const accessKeys = { [aws.access_key_id]: { secretAccessKey: aws.secret_access_key } };
  return startAurora(
    { dataDir, port, region, accessKeys, certificate: "good", moreSeed: [...moreSeed], logStatements: false },
    { now: Date.now, patienceMs: 10_000, onTokenRefused: () => undefined },
  );
}

async function openControlPlane(
  base: Base,
  folder: DataFolder,
  settings: Settings,
  identity: AdminIdentity,
  port: number,
): Promise<ControlPlane> {
  const { origins } = base.config;
  const handle = await createControlPlane(base, folder, settings, await createAdminVerifier(identity));
  let server: HttpServer | undefined;
  return {
    async start() {
      server ??= await startHttpServer({ port, origins, handle });
    },
    async stop() {
      await server?.close();
      server = undefined;
    },
  };
}

function servedAs({ metadata, spec }: Database): ServedDatabase {
  const { name, description = "", labels = {} } = metadata;
  return { name, description, labels, spec };
}

function startServing(
  folder: DataFolder,
  port: number,
  url: string,
  databases: ServedDatabase[],
  { limits }: PosternOptions,
): Promise<Proxy> {
  return startProxy({
    dataDir: folder.proxyState,
    listen: { host: "127.0.0.1", port },
    join: async (controlPlane) =>
      controlPlane.join({ token: await readFile(folder.joinToken, "utf8"), version: "test" }),
    serves: { public_addr: `localhost:${port}`, databases },
    defaultAuthorities: [],
    connect: (key, accessToken) => connectToControlPlane({ url, key, accessToken }),
    version: "test",
    now: Date.now,
    log: process.env["POSTERN_TEST_LOG"] ? createLog("debug") : silentLog,
    ...(limits && { limits }),
  });
}
