/** What a host does as long as it serves: it looks after its databases, says that it lives, and hears what changed. */
import { setTimeout as delay } from "node:timers/promises";
import type { HeartbeatResponse } from "@postern/core/api/host";
import { isFault } from "@postern/core/fault";
import type { LiveSessions } from "../session/live-sessions.ts";
import { ChangeFeed } from "./change-feed.ts";
import { Heartbeat, type HeartbeatOptions } from "./heartbeat.ts";
import { repeat } from "./repeat.ts";

export interface DutiesOptions extends HeartbeatOptions {
  readonly sessions: LiveSessions;
}

const heartbeatMs = 5_000;
const changesMs = 1_000;
const probeMs = 5_000;
/** For the first look at the databases: the first heartbeat had better tell of it. */
const firstLookMs = 1_000;

export interface Duties {
  /** What the control plane doesn't let this host serve, as the last heartbeat was answered. */
  readonly refused: HeartbeatResponse["refused"];
  /** Ends the duties. Settles when the control plane has been told, or can't be. */
  end(): Promise<void>;
}

/** Settles when the first heartbeat has been tried, and what changed before it heard: that concerns no session of ours. */
export async function startDuties(options: DutiesOptions): Promise<Duties> {
  const stop = new AbortController();
  const { signal } = stop;
  const repeated = { log: options.log, signal };
  const heartbeat = new Heartbeat(options);
  const follow = followChanges(options, heartbeat);
  const first = Promise.withResolvers<void>();
  const heard = Promise.withResolvers<void>();
  const look = Promise.withResolvers<void>();
  const ended = Promise.all([
    repeat(
      "looking after the databases",
      probeMs,
      () => options.monitor.round(signal).finally(look.resolve),
      repeated,
    ),
    repeat("renewing the identity", heartbeatMs, () => renew(options), repeated),
    repeat("asking what changed", changesMs, () => follow().finally(heard.resolve), repeated),
    Promise.race([look.promise, delay(firstLookMs, undefined, { ref: false })]).then(() =>
      repeat("heartbeat", heartbeatMs, () => heartbeat.beat().finally(first.resolve), repeated),
    ),
  ]);
  await Promise.all([first.promise, heard.promise]);
  return {
    get refused() {
      return heartbeat.refused;
    },
    async end() {
      stop.abort();
      await ended;
      await heartbeat.leave().catch((error: unknown) => options.log.warn({ err: error }, "leaving untold"));
    },
  };
}

async function renew({ host, tls }: DutiesOptions): Promise<void> {
  if (await host.renewIfDue()) tls.use(await host.tlsIdentity());
}

function followChanges({ host, sessions, peers }: DutiesOptions, heartbeat: Heartbeat): () => Promise<void> {
  const feed = new ChangeFeed(host.controlPlane);
  return async () => {
    const changes = await feed.read().catch((error: unknown) => {
      if (!isFault(error, "resource.changed")) throw error;
      // What ended meanwhile is kept no more: it may be any of them.
      sessions.endAll("the control plane couldn't be asked for too long whether it may go on");
      heartbeat.forgetPeers();
      return [];
    });
    for (const change of changes) {
      if (change.type !== "peer") sessions.apply(change);
      else if (change.host_id !== host.identity.host_id) peers.take(change);
    }
  };
}
