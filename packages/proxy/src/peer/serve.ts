/** Another host that passes a cancel on to this one. It goes no further from here. */
import type { TLSSocket } from "node:tls";
import type { Clock } from "@postern/core/time";
import { type CancelDeps, cancelHere } from "../cancel/handle.ts";
import type { MissLimit } from "../cancel/miss-limit.ts";
import type { Log } from "../log.ts";
import { type Authorities, hostOf } from "./identity.ts";
import { decodeCancel, encodeAnswer } from "./message.ts";
import type { Peers } from "./peers.ts";
import { readLine } from "./read-line.ts";

export interface ServeDeps extends CancelDeps {
  readonly peers: Peers;
  readonly authorities: () => Authorities;
  /** Of misses by host: one that was broken into can't guess keys under ever new addresses. */
  readonly peerMisses: MissLimit;
  readonly now: Clock;
  readonly log: Log;
}

const timeoutMs = 5_000;

/** Settles when it was answered, or is refused: the connection is to be closed then. */
export async function servePeer(stream: TLSSocket, deps: ServeDeps): Promise<void> {
  const hostId = peerOf(stream, deps);
  if (hostId === undefined) {
    deps.log.warn(
      { address: stream.remoteAddress },
      "a connection for hosts that comes from none is refused",
    );
    return;
  }
  const line = await readLine(stream, AbortSignal.timeout(timeoutMs)).catch(() => undefined);
  const cancel = line === undefined ? undefined : decodeCancel(line);
  if (cancel === undefined || deps.peerMisses.isOver(hostId)) return;
  const found = await cancelHere(cancel.key, cancel.address, deps);
  if (!found) deps.peerMisses.miss(hostId);
  stream.write(encodeAnswer(found));
}

/** A host that the control plane has told of, or none. */
function peerOf(stream: TLSSocket, { peers, authorities, now }: ServeDeps): string | undefined {
  const certificate = stream.getPeerX509Certificate();
  const hostId = certificate && hostOf(certificate, authorities(), now());
  return hostId !== undefined && peers.has(hostId) ? hostId : undefined;
}
