/** The way to a proxy: TLS with the certificate of the moment, to the first of its addresses that answers. */
import { once } from "node:events";
import { isIP } from "node:net";
import { checkServerIdentity, connect, type TLSSocket } from "node:tls";
import { Fault } from "@postern/core/fault";
import { encodeFrontend } from "@postern/wire/messages/frontend";
import type { CancelRequest } from "@postern/wire/messages/frontend/cancel-request";
import { parseAddress } from "../credential/address.ts";
import type { ClientCertificate } from "../credential/certificate.ts";
import type { CertificateSource } from "../credential/source.ts";
import type { OpenSockets } from "./sockets.ts";

const dialTimeout = 10_000;

/**
 * A connection with the certificate, on which the proxy awaits a start-up packet. Where no address answers, the control plane is asked again:
 * it may know of another by now. Throws Fault `service.unavailable`, or what the source throws.
 */
export async function reach(
  source: CertificateSource,
  certificate: ClientCertificate,
  open: OpenSockets,
): Promise<TLSSocket> {
  try {
    return await dialAny(certificate, certificate.addresses, open);
  } catch (error) {
    const renewed = await source.renew(certificate);
    const others = renewed.addresses.filter((address) => !certificate.addresses.includes(address));
    if (others.length === 0) throw error;
    return await dialAny(renewed, others, open);
  }
}

/** Throws what the last of them threw. */
async function dialAny(
  certificate: ClientCertificate,
  addresses: readonly string[],
  open: OpenSockets,
): Promise<TLSSocket> {
  let failure: unknown;
  for (const address of addresses) {
    const socket = dial(certificate, address);
    open.track(socket);
    try {
      await secured(socket, address);
      return socket;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Passes on a cancel request. As libpq does it, the server's closing is the sign that the request is taken. */
export async function cancel(
  source: CertificateSource,
  request: CancelRequest,
  open: OpenSockets,
): Promise<void> {
  const upstream = await reach(source, await source.get(), open);
  upstream.resume().end(encodeFrontend(request));
  await once(upstream, "close", { signal: AbortSignal.timeout(dialTimeout) });
}

/** Direct TLS with ALPN `postgresql` (manual, "SSL Session Encryption"), verified against the host authorities. */
function dial({ certificate, privateKey, hostCa }: ClientCertificate, address: string): TLSSocket {
  const { host, port } = parseAddress(address);
  return connect({
    host,
    port,
    ...(isIP(host) === 0 && { servername: host }),
    ca: [...hostCa],
    cert: certificate,
    key: privateKey,
    minVersion: "TLSv1.3",
    ALPNProtocols: ["postgresql"],
    rejectUnauthorized: true, // whatever NODE_TLS_REJECT_UNAUTHORIZED says
    checkServerIdentity: (name, peer) =>
      peer.subjectaltname === undefined // Node would take its Common Name
        ? new Error("its certificate names no host in a SAN")
        : checkServerIdentity(name, peer),
  });
}

async function secured(socket: TLSSocket, address: string): Promise<void> {
  try {
    await once(socket, "secureConnect", { signal: AbortSignal.timeout(dialTimeout) });
    if (socket.alpnProtocol !== "postgresql") throw new Error("it doesn't speak PostgreSQL there");
  } catch (error) {
    socket.destroy();
    const message = `can't reach the proxy at ${address}: ${reasonOf(error)}`;
    throw new Fault("service.unavailable", message, {}, error);
  }
  socket.setKeepAlive(true, 60_000);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === "AbortError" ? "no answer in time" : error.message;
}
