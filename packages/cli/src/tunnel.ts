/**
 * A Unix socket, in a folder that its owner alone can enter, behind which the database is: each connection to it
 * becomes one TLS connection to the proxy with the certificate of the moment. psql needs no key and no password, and
 * its cancel requests take the same way. The one place of the CLI that opens sockets.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, isIP, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { checkServerIdentity, connect, type TLSSocket } from "node:tls";
import { Fault } from "@postern/core/fault";
import type { CertificateSource, ClientCertificate } from "./credential.ts";
import { type CancelKey, encodeCancelRequest, encodeErrorResponse } from "./messages.ts";

export interface Tunnel {
  /** For libpq's `host`: the folder with the socket. */
  readonly folder: string;
  /** For libpq's `port`: the number in the socket's name. */
  readonly port: number;
  /** Asks the server to end what another connection runs. Settles once the request is taken. */
  cancel(key: CancelKey): Promise<void>;
}

/** Where connections lead. */
export interface Remote {
  readonly source: CertificateSource;
  /** The authorities that may sign the proxy's certificate, in PEM. */
  readonly hostCa: readonly string[];
}

const port = 5432;
const dialTimeout = 10_000;
const grace = 1_000;

/** Opens a tunnel for as long as `use` takes; then its connections end, be it by force, and its folder is gone. */
export async function withTunnel<T>(remote: Remote, use: (tunnel: Tunnel) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "postern-db-")); // mode 0700
  const open: OpenSockets = new Map();
  const server = createServer((socket) => void serve(socket, remote, open));
  try {
    await listen(server, join(folder, `.s.PGSQL.${port}`));
    const result = await use({ folder, port, cancel: (key) => cancel(remote, key, open) });
    // What psql said last is still on its way.
    await Promise.race([Promise.all(open.values()), setTimeout(grace, undefined, { ref: false })]);
    return result;
  } finally {
    server.close();
    for (const socket of open.keys()) socket.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", ({ message }) => {
      reject(new Fault("internal", `can't listen on ${path}: ${message}`, { hint: "is TMPDIR too long?" }));
    });
    server.listen(path, resolve);
  });
}

/** What keeps a connection from being made is told to the client: psql shows it. */
async function serve(socket: Socket, remote: Remote, open: OpenSockets): Promise<void> {
  track(socket, open);
  try {
    const certificate = await remote.source.get();
    if (socket.destroyed) return;
    const upstream = dial(certificate, remote.hostCa);
    track(upstream, open);
    await secured(upstream, certificate.publicAddr);
    pipeline(socket, upstream, () => upstream.destroy());
    pipeline(upstream, socket, () => socket.destroy());
  } catch (error) {
    socket.resume().end(encodeErrorResponse(error)); // read on: else its end is never seen
  }
}

/** Each with its end. */
type OpenSockets = Map<Socket, Promise<void>>;

function track(socket: Socket, open: OpenSockets): void {
  const { promise, resolve } = Promise.withResolvers<void>();
  open.set(socket, promise);
  socket
    .on("error", () => socket.destroy())
    .on("close", () => {
      open.delete(socket);
      resolve();
    });
}

/** As libpq does it, the server's closing is the sign that the request is taken. */
async function cancel({ source, hostCa }: Remote, key: CancelKey, open: OpenSockets): Promise<void> {
  const certificate = await source.get();
  const upstream = dial(certificate, hostCa);
  track(upstream, open);
  await secured(upstream, certificate.publicAddr);
  upstream.resume().end(encodeCancelRequest(key));
  await once(upstream, "close", { signal: AbortSignal.timeout(dialTimeout) });
}

/** Direct TLS with ALPN `postgresql` (manual, "SSL Session Encryption"), verified against the host authorities. */
function dial(
  { publicAddr, certificate, privateKey }: ClientCertificate,
  hostCa: readonly string[],
): TLSSocket {
  const { host, port } = parseAddress(publicAddr);
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

/** Throws Fault `service.unavailable`. */
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

/** `host:port`, with brackets around an IPv6 address. */
function parseAddress(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:]+)):(\d{1,5})$/i.exec(text);
  if (!match) throw new Fault("internal", `${text} is no address of a proxy`);
  return { host: match[1] ?? match[2] ?? "", port: Number(match[3]) };
}
