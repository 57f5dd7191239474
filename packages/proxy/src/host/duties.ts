/** What a host does as long as it serves: it says that it lives and what it serves, and hears what changed. */
import type { HeartbeatRequest, HeartbeatResponse } from "@postern/core/api/host";
import type { TlsTerminator } from "../client/tls.ts";
import type { Log } from "../log.ts";
import type { LiveSessions } from "../session/live-sessions.ts";
import { Heart } from "./heartbeat.ts";
import type { Host } from "./host.ts";
import { repeat } from "./repeat.ts";

export interface DutiesOptions {
  readonly host: Host;
  readonly tls: TlsTerminator;
  readonly sessions: LiveSessions;
  readonly version: string;
  /** What the host says of itself, but for its version. */
  readonly serves: Omit<HeartbeatRequest, "version">;
  readonly log: Log;
  /** Ends the duties. */
  readonly signal: AbortSignal;
}

const heartbeatMs = 5_000;
const changesMs = 1_000;

export interface Duties {
  /** What the control plane doesn't let this host serve, as the last heartbeat was answered. */
  readonly refused: HeartbeatResponse["refused"];
  /** Settles when the duties have ended. */
  readonly ended: Promise<unknown>;
}

/** Settles when the first heartbeat has been tried. */
export async function startDuties(options: DutiesOptions): Promise<Duties> {
  const first = Promise.withResolvers<void>();
  const heart = new Heart(options);
  const beat = (): Promise<void> => heart.beat().finally(first.resolve);
  const ended = Promise.all([
    repeat("renewing the identity", heartbeatMs, () => renew(options), options),
    repeat("heartbeat", heartbeatMs, beat, options),
    repeat("asking what changed", changesMs, followChanges(options), options),
  ]);
  await first.promise;
  return {
    ended,
    get refused() {
      return heart.refused;
    },
  };
}

async function renew({ host, tls }: DutiesOptions): Promise<void> {
  if (await host.renewIfDue()) tls.use(await host.tlsIdentity());
}

function followChanges({ host, sessions }: DutiesOptions): () => Promise<void> {
  let cursor: string | undefined;
  return async () => {
    const answer = await host.controlPlane.changes(cursor);
    cursor = answer.cursor;
    for (const change of answer.changes) sessions.apply(change);
  };
}
