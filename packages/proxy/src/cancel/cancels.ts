/** Cancels, put together: the keys that this host hands out, and the other hosts, to whom the rest belong. */
import { randomBytes } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { Clock } from "@postern/core/time";
import type { CancelRequest } from "@postern/wire/messages/frontend/cancel-request";
import type { Host } from "../host/host.ts";
import type { Log } from "../log.ts";
import { createPassOn } from "../peer/pass-on.ts";
import { Peers } from "../peer/peers.ts";
import { servePeer } from "../peer/serve.ts";
import type { Dialer } from "../upstream/dialer.ts";
import { handleCancel } from "./handle.ts";
import { MissLimit } from "./miss-limit.ts";
import { CancelRegistry } from "./registry.ts";

export interface Cancels {
  readonly registry: CancelRegistry;
  readonly peers: Peers;
  /** A client's own. */
  handle(request: CancelRequest, address: string): Promise<void>;
  /** One that another host passes on. */
  serve(stream: TLSSocket): Promise<void>;
}

/** A minute, from one address, at all hosts together. */
const mostMisses = 20;
/** A minute, from one host: it passes on those of many addresses. */
const mostMissesOfPeer = 1_000;

export function createCancels({
  host,
  dialer,
  now,
  log,
}: {
  readonly host: Host;
  readonly dialer: Dialer;
  readonly now: Clock;
  readonly log: Log;
}): Cancels {
  const registry = new CancelRegistry(randomBytes);
  const peers = new Peers();
  const misses = new MissLimit(now, mostMisses);
  const peerMisses = new MissLimit(now, mostMissesOfPeer);
  const passOn = createPassOn(peers, { dialer, identity: () => host.peerIdentity(), now });
  const authorities = () => host.authorities();
  return {
    registry,
    peers,
    handle: (request, address) => handleCancel(request, address, { registry, misses, passOn }),
    serve: (stream) => servePeer(stream, { registry, misses, peers, peerMisses, authorities, now, log }),
  };
}
