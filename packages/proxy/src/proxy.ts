/** Puts a proxy together: the host that it is, its spool, its listener and the sessions. */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { HeartbeatRequest, HeartbeatResponse } from "@postern/core/api/host";
import { OwnTexts } from "./audit/own-texts.ts";
import { Splitter } from "./audit/splitter.ts";
import { createCancels } from "./cancel/cancels.ts";
import { shakeHands } from "./client/handshake.ts";
import { TlsTerminator } from "./client/tls.ts";
import { HealthMonitor } from "./health/monitor.ts";
import { probe } from "./health/probe.ts";
import { peerAddresses } from "./host/addresses.ts";
import { type DataFolder, openDataFolder } from "./host/data-folder.ts";
import { startDuties } from "./host/duties.ts";
import { Host, type HostOptions } from "./host/host.ts";
import { type Connection, Listener } from "./listener.ts";
import { LiveSessions } from "./session/live-sessions.ts";
import { runSession, type SessionDeps } from "./session/session.ts";
import { Spool } from "./spool/spool.ts";
import { tcpDialer } from "./upstream/dialer.ts";

export interface ProxyOptions extends Omit<HostOptions, "publicAddr"> {
  readonly version: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** What the host says of itself. */
  readonly serves: Pick<HeartbeatRequest, "public_addr" | "databases">;
  readonly defaultAuthorities: readonly string[];
  readonly limits?: Partial<ProxyLimits>;
}

export interface ProxyLimits {
  readonly sessions: number;
  readonly unknownPerAddress: number;
  readonly unknown: number;
  readonly handshakeMs: number;
  readonly upstreamMs: number;
  readonly spoolBytes: number;
}

const defaultLimits: ProxyLimits = {
  sessions: 5_000,
  unknownPerAddress: 200,
  unknown: 2_000,
  handshakeMs: 10_000,
  upstreamMs: 10_000,
  spoolBytes: 512 * 1024 * 1024,
};

/** For sessions to take their farewell, and for records to reach the control plane. */
const drainMs = 5_000;
/** For a look at a database: far less than a session may take to open. */
const probeMs = 3_000;

export interface Proxy {
  readonly port: number;
  readonly sessions: LiveSessions;
  /** What the control plane doesn't let this host serve, as its last heartbeat was answered. */
  readonly refused: HeartbeatResponse["refused"];
  /** Takes no more connections, ends the sessions (57P01), sends what is in the spool. */
  close(): Promise<void>;
}

/** @throws Fault where the control plane refuses the host, or its data folder is in use; what `listen` throws for a busy port */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const folder = await openDataFolder(options.dataDir);
  return await start(options, folder).catch((error: unknown) => {
    folder.release();
    throw error;
  });
}

async function start(options: ProxyOptions, folder: DataFolder): Promise<Proxy> {
  const { log, now } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const host = await Host.start({ ...options, publicAddr: options.serves.public_addr });
  const tls = new TlsTerminator(await host.tlsIdentity());
  const sessions = new LiveSessions();
  const cancels = createCancels({ host, dialer: tcpDialer, now, log });
  const splitter = new Splitter();
  const ownTexts = new OwnTexts(splitter.split);
  let deps: SessionDeps | undefined;

  const listener = new Listener({
    log,
    handshakeMs: limits.handshakeMs,
    maxUnknownPerAddress: limits.unknownPerAddress,
    maxUnknown: limits.unknown,
    serve: (connection) => serve(connection),
  });
  // The port is taken first: whoever has it has the spool as well.
  const { port } = await listener.listen(options.listen.host, options.listen.port);
  const spool = new Spool({
    folder: join(options.dataDir, "spool"),
    limitBytes: limits.spoolBytes,
    ingest: (request) => host.controlPlane.ingestAudit(request),
    split: (records) => ownTexts.complete(records),
    onRefused: (sid) => sessions.get(sid)?.endUnrecorded(),
    log,
    now,
  });
  const upstream = {
    dialer: tcpDialer,
    defaultAuthorities: options.defaultAuthorities,
    timeoutMs: limits.upstreamMs,
  };
  deps = {
    controlPlane: host.controlPlane,
    upstream,
    maxSessions: limits.sessions,
    elapsed: () => performance.now(),
    spool,
    ownTexts,
    sessions,
    cancels: cancels.registry,
    now,
    log,
  };

  async function serve(connection: Connection): Promise<void> {
    if (deps === undefined) return;
    const { socket, address, onStream, signal } = connection;
    const opened = await shakeHands(socket, tls, now(), onStream, signal);
    if (opened.type === "cancel") await cancels.handle(opened.request, address);
    if (opened.type === "peer") await cancels.serve(opened.stream);
    if (opened.type === "session") await runSession({ ...connection, ...opened }, deps);
  }

  const monitor = new HealthMonitor({
    databases: options.serves.databases,
    probe: (database, signal) => probe(database, { ...upstream, timeoutMs: probeMs }, signal),
    now,
  });
  const duties = await startDuties({
    ...options,
    host,
    tls,
    sessions,
    monitor,
    cancels: cancels.registry,
    peers: cancels.peers,
    peerAddrs: peerAddresses({ ...options.listen, port }),
  });
  return {
    port,
    sessions,
    get refused() {
      return duties.refused;
    },
    async close() {
      const closed = listener.close();
      const left = duties.end();
      sessions.stopAll();
      await Promise.race([Promise.all([closed, left]), delay(drainMs, undefined, { ref: false })]);
      listener.destroy();
      await spool.close(drainMs);
      await splitter.close();
      folder.release();
    },
  };
}
