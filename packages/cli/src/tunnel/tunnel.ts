/**
 * A Unix socket, in a folder that its owner alone can enter, behind which the database is: each connection to it
 * becomes one TLS connection to the proxy with the certificate of the moment. psql needs no key and no password, and
 * its cancel requests take the same way.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "@postern/core/fault";
import type { CancelRequest } from "@postern/wire/messages/frontend/cancel-request";
import type { CertificateSource } from "../credential/source.ts";
import { encodeRefusal } from "./refusal.ts";
import { relay } from "./relay.ts";
import { cancel } from "./remote.ts";
import { OpenSockets } from "./sockets.ts";

export interface Tunnel {
  /** For libpq's `host`: the folder with the socket. */
  readonly folder: string;
  /** For libpq's `port`: the number in the socket's name. */
  readonly port: number;
  /** Asks the server to end what another connection runs. Settles once the request is taken. */
  cancel(request: CancelRequest): Promise<void>;
}

const port = 5432;
const grace = 1_000;

/** Opens a tunnel for as long as `use` takes; then its connections end, be it by force, and its folder is gone. */
export async function withTunnel<T>(
  source: CertificateSource,
  use: (tunnel: Tunnel) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "postern-db-")); // mode 0700
  const open = new OpenSockets();
  const server = createServer((socket) => void serve(socket, source, open));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove); // for an end that runs nothing else: whoever read our output has gone
  try {
    await listen(server, join(folder, `.s.PGSQL.${port}`));
    const result = await use({ folder, port, cancel: (request) => cancel(source, request, open) });
    await open.ended(grace); // what psql said last is still on its way
    return result;
  } finally {
    server.close();
    open.destroy();
    remove();
    process.off("exit", remove);
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
async function serve(socket: Socket, source: CertificateSource, open: OpenSockets): Promise<void> {
  open.track(socket);
  try {
    await relay(socket, source, open);
  } catch (error) {
    socket.resume().end(encodeRefusal(error)); // read on: else its end is never seen
  }
}
