/**
 * A Unix socket, in a folder that its owner alone can enter, behind which the database is: each connection to it
 * becomes one TLS connection to the proxy with the certificate of the moment. psql needs no key and no password, and
 * its cancel requests take the same way. The one place of the CLI that opens sockets.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, isIP, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { connect, type TLSSocket } from "node:tls";
import { Fault } from "@postern/core/fault";
import type { CertificateSource, ClientCertificate } from "./credential.ts";

export interface Tunnel {
  /** For libpq's `host`: the folder with the socket. */
  readonly folder: string;
  /** For libpq's `port`: the number in the socket's name. */
  readonly port: number;
  /** Why the last connection to the proxy failed, for a message that psql can't give. */
  lastError(): Error | undefined;
  close(): Promise<void>;
}

const port = 5432;
const dialTimeout = 10_000;

export async function openTunnel(source: CertificateSource): Promise<Tunnel> {
  const folder = mkdtempSync(join(tmpdir(), "postern-")); // mode 0700
  const open = new Set<Socket>();
  let lastError: Error | undefined;
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket)).on("error", () => socket.destroy());
    serve(socket, source).catch((error: unknown) => {
      lastError = error instanceof Error ? error : new Error(String(error));
      socket.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(join(folder, `.s.PGSQL.${port}`), resolve);
  });
  return {
    folder,
    port,
    lastError: () => lastError,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function serve(socket: Socket, source: CertificateSource): Promise<void> {
  const upstream = await dialProxy(await source.get());
  pipeline(socket, upstream, () => upstream.destroy());
  pipeline(upstream, socket, () => socket.destroy());
}

/** Direct TLS with ALPN `postgresql` (manual, "SSL Session Encryption"), verified against the host authorities. */
async function dialProxy(held: ClientCertificate): Promise<TLSSocket> {
  const { host, port } = parseAddress(held.publicAddr);
  const socket = connect({
    host,
    port,
    ...(isIP(host) === 0 && { servername: host }),
    ca: [...held.hostCa],
    cert: held.certificate,
    key: held.privateKey,
    minVersion: "TLSv1.3",
    ALPNProtocols: ["postgresql"],
  });
  socket.setTimeout(dialTimeout, () => socket.destroy(new Error("timed out")));
  try {
    await new Promise<void>((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  } catch (error) {
    throw new Fault(
      "service.unavailable",
      `can't reach the proxy at ${held.publicAddr}: ${messageOf(error)}`,
    );
  }
  socket.setTimeout(0).setKeepAlive(true, 60_000);
  return socket;
}

/** `host:port`, with brackets around an IPv6 address. */
function parseAddress(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:]+)):(\d{1,5})$/i.exec(text);
  if (!match) throw new Fault("internal", `${text} is no address of a proxy`);
  return { host: match[1] ?? match[2] ?? "", port: Number(match[3]) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
