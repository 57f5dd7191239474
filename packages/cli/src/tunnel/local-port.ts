/**
 * A port on this machine, behind which one database is, as one database user and under one name: for programs that know
 * nothing of certificates. It asks for no password, so whoever can connect to the port is let in.
 */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { Fault } from "@postern/core/fault";
import { encodeFrontend } from "@postern/wire/messages/frontend";
import type { Startup } from "@postern/wire/startup/phase";
import type { Target } from "../credential/certificate.ts";
import type { CertificateSource } from "../credential/source.ts";
import { greet } from "./greeting.ts";
import { encodeRefusal } from "./refusal.ts";
import { relay } from "./relay.ts";
import { cancel } from "./remote.ts";
import { OpenSockets } from "./sockets.ts";

/** PostgreSQL's `authentication_timeout`. */
const patience = 60_000;
const loopback = "127.0.0.1";

export interface LocalPort {
  readonly host: string;
  readonly port: number;
}

/**
 * Listens as long as `use` takes; then every connection ends. Throws Fault `resource.exists` for a port that is taken.
 * @param port 0 for any that is free
 */
export async function withLocalPort<T>(
  source: CertificateSource,
  target: Target,
  port: number,
  use: (listening: LocalPort) => Promise<T>,
): Promise<T> {
  const open = new OpenSockets();
  const closing = new AbortController();
  const server = createServer(
    (socket) => void serve(socket, { source, target, open, signal: closing.signal }),
  );
  try {
    return await use({ host: loopback, port: await listen(server, port) });
  } finally {
    closing.abort();
    server.close();
    open.destroy();
  }
}

async function listen(server: Server, port: number): Promise<number> {
  try {
    server.listen(port, loopback);
    await once(server, "listening");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EADDRINUSE")
      throw new Fault("resource.exists", `port ${port} is in use`, {
        hint: "use another, or --port=0 for any that is free",
      });
    if (code === "EACCES")
      throw new Fault("access.denied", `port ${port} may not be used by you`, {
        hint: "use one above 1023, or --port=0",
      });
    throw error;
  }
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

interface Service {
  readonly source: CertificateSource;
  readonly target: Target;
  readonly open: OpenSockets;
  readonly signal: AbortSignal;
}

async function serve(socket: Socket, service: Service): Promise<void> {
  const { open, source, signal } = service;
  open.track(socket);
  try {
    const greeting = await greet(socket, AbortSignal.any([signal, AbortSignal.timeout(patience)]));
    if (greeting.type === "startup") await connect(socket, greeting, service);
    else if (greeting.type === "cancel") await cancel(source, greeting.request, open);
    if (greeting.type !== "startup") socket.resume().end();
  } catch (error) {
    socket.resume().end(encodeRefusal(error));
  }
}

/** The proxy gets the client's own packet: its settings and its version are between these two. */
async function connect(socket: Socket, startup: Startup, { source, target, open }: Service): Promise<void> {
  assertPinned(startup, target);
  await relay(socket, source, open, [encodeFrontend(startup.message), startup.unread]);
}

/** Refused and never redirected: people must get what they ask for, or be told. */
function assertPinned({ user, database }: Startup, { database: service, db_user, db_name }: Target): void {
  if (user === db_user && database === db_name) return;
  const asked = `user \`${user}\` and database \`${database}\``;
  const pinned = `user \`${db_user}\` and database \`${db_name}\``;
  throw new Fault("access.denied", `this port is for ${pinned} alone, and ${asked} was asked for`, {
    hint: `set these in the client, or run another \`postern db proxy --db-user --db-name ${service}\``,
  });
}
