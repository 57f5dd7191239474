/**
 * Passes a cancel that is another host's on to it: one connection at a time, in bounded time, over TLS that proves both
 * ends. Where it may be found is a hint; its certificate says whether it is there.
 */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Peer } from "@postern/core/api/host";
import { type Endpoint, parseEndpoint } from "@postern/core/resource/endpoint";
import type { Clock } from "@postern/core/time";
import type { Dialer } from "../upstream/dialer.ts";
import { type Authorities, hostOf } from "./identity.ts";
import { decodeAnswer, encodeCancel, type ForwardedCancel, peerProtocol } from "./message.ts";
import { readLine } from "./read-line.ts";

/** What this host shows, and whom it believes. */
export interface PeerIdentity extends Authorities {
  readonly certificate: string;
  readonly key: string;
}

export interface ForwardOptions {
  readonly dialer: Dialer;
  /** As it is now: certificates are renewed while the proxy runs. */
  readonly identity: () => Promise<PeerIdentity>;
  readonly now: Clock;
}

/** A person who pressed Ctrl-C waits for it. */
const timeoutMs = 8_000;
/** An address that nobody answers at must not use up the others' time. */
const perAddressMs = 1_500;

/** True where the peer took it. Never throws: whoever sent it is not answered, and a peer that can't be reached is one miss. */
export async function forwardToPeer(
  peer: Peer,
  cancel: ForwardedCancel,
  options: ForwardOptions,
): Promise<boolean> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const identity = await options.identity();
  for (const addr of peer.addrs) {
    const address = parseEndpoint(addr);
    if (address === undefined || deadline.aborted) continue;
    const found = await tryAddress(address, peer.host_id, cancel, { ...options, identity, deadline });
    if (found !== undefined) return found;
  }
  return false;
}

interface TryOptions extends Pick<ForwardOptions, "dialer" | "now"> {
  readonly identity: PeerIdentity;
  readonly deadline: AbortSignal;
}

/** Undefined where the peer isn't there. */
async function tryAddress(
  address: Endpoint,
  hostId: string,
  cancel: ForwardedCancel,
  { dialer, identity, now, deadline }: TryOptions,
): Promise<boolean | undefined> {
  let stream: TLSSocket | undefined;
  try {
    stream = await secure(address, hostId, dialer, identity, now, deadline);
    stream.write(encodeCancel(cancel));
    return decodeAnswer((await readLine(stream, deadline)) ?? "");
  } catch {
    // Once it has been sent, it isn't sent again.
    return stream && false;
  } finally {
    stream?.destroy();
  }
}

async function secure(
  address: Endpoint,
  hostId: string,
  dialer: Dialer,
  { certificate, key, ...authorities }: PeerIdentity,
  now: Clock,
  deadline: AbortSignal,
): Promise<TLSSocket> {
  const signal = AbortSignal.any([deadline, AbortSignal.timeout(perAddressMs)]);
  const socket = await dialer.dial(address, signal);
  return new Promise((resolve, reject) => {
    const stream = connect({
      socket,
      ...(isIP(address.host) === 0 && { servername: address.host }),
      cert: certificate,
      key,
      ca: [...authorities.hostCa],
      minVersion: "TLSv1.3",
      ALPNProtocols: [peerProtocol],
      rejectUnauthorized: true,
      // Any address may lead to it: what counts is that it is the host that is meant.
      checkServerIdentity: (_, { raw }) =>
        hostOf(new X509Certificate(raw), authorities, now()) === hostId
          ? undefined
          : new Error("another host answers there"),
    });
    const fail = (error: unknown): void => {
      stream.destroy();
      socket.destroy();
      reject(error);
    };
    const abort = (): void => fail(signal.reason);
    signal.addEventListener("abort", abort);
    stream.on("error", fail);
    stream.once("secureConnect", () => {
      signal.removeEventListener("abort", abort);
      if (stream.alpnProtocol === peerProtocol) resolve(stream);
      else fail(new Error("it doesn't speak with hosts there"));
    });
  });
}
