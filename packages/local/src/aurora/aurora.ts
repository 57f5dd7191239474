/** The stand-in Aurora: a real PostgreSQL, and in front of it what RDS puts there for IAM authentication. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { Fault } from "@postern/core/fault";
import type { KeyPair } from "../postgres/certificate.ts";
import { type Postgres, startPostgres } from "../postgres/postgres.ts";
import { demoSeed } from "../postgres/seed.ts";
import type { TokenPolicy } from "./auth-token.ts";
import { openAuthority } from "./authority.ts";
import { relayCancel } from "./cancel.ts";
import type { AuroraConfig } from "./config.ts";
import { acceptPlain, acceptSecured, type ConnectionHandler } from "./connection.ts";
import { openSession, type SessionContext } from "./session.ts";

export interface Aurora {
  /** The database is `localhost:<port>`. */
  readonly port: number;
  /** PEM file of the CA that vouches for it. */
  readonly caFile: string;
  readonly postgres: Postgres;
  stop(): Promise<void>;
}

export type AuroraDependencies = Pick<SessionContext, "now" | "patienceMs" | "onTokenRefused">;

/** Enough for any demo or test, and a bound on what strangers can hold open. */
const maxConnections = 1_000;

/** Settles when it takes connections. Throws a `service.unavailable` fault where PostgreSQL won't start or the port is taken. */
export async function startAurora(config: AuroraConfig, dependencies: AuroraDependencies): Promise<Aurora> {
  const { dataDir, logStatements, moreSeed } = config;
  const { caFile, keyPair } = await openAuthority(join(dataDir, "aurora"), config.certificate);
  const postgres = await startPostgres({ dataDir, logStatements, seed: [...demoSeed, ...moreSeed] });
  try {
    const listener = await listen(config.port);
    const clients = trackClients(listener);
    const { port } = listener.address() as AddressInfo; // listening on TCP, so neither null nor a pipe's name
    const tokens = tokenPolicy(config, `localhost:${port}`);
    const handler = createHandler(keyPair, { ...dependencies, tokens, serverSocket: postgres.socket });
    listener.on("connection", (client) => acceptPlain(client, handler));
    return { port, caFile, postgres, stop: async () => await stop(listener, clients, postgres) };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function listen(port: number): Promise<Server> {
  const listener = createServer({ noDelay: true });
  listener.maxConnections = maxConnections;
  try {
    await once(listener.listen(port, "127.0.0.1"), "listening");
    return listener;
  } catch (cause) {
    throw new Fault("service.unavailable", `the stand-in Aurora can't have port ${port}`, {}, cause);
  }
}

function tokenPolicy({ region, accessKeys }: AuroraConfig, endpoint: string): TokenPolicy {
  return { endpoint, region, accessKeys: new Map(Object.entries(accessKeys)) };
}

function createHandler(keyPair: KeyPair, context: SessionContext): ConnectionHandler {
  const handler: ConnectionHandler = {
    tls: { negotiated: createTls(keyPair, context), direct: createTls(keyPair, context) },
    patienceMs: context.patienceMs,
    openSession: (client, startup) => void openSession(client, startup, context),
    cancel: (client, request) => relayCancel(client, request, context.serverSocket),
  };
  handler.tls.negotiated.on("secureConnection", (client) => acceptSecured(client, false, handler));
  handler.tls.direct.on("secureConnection", (client) => acceptSecured(client, true, handler));
  return handler;
}

/** It never listens: connections are handed to it. */
function createTls({ certificate, key }: KeyPair, { patienceMs }: SessionContext): TlsServer {
  const server = createTlsServer({
    cert: certificate,
    key,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["postgresql"],
    handshakeTimeout: patienceMs,
  });
  // Node reports a handshake that took too long, and leaves the connection open.
  server.on("tlsClientError", (_error, client) => client.destroy());
  return server;
}

function trackClients(listener: Server): ReadonlySet<Socket> {
  const clients = new Set<Socket>();
  listener.on("connection", (client) => {
    clients.add(client);
    client.once("close", () => clients.delete(client));
  });
  return clients;
}

/** PostgreSQL first, so that those who are connected are told why they are not any more. */
async function stop(listener: Server, clients: ReadonlySet<Socket>, postgres: Postgres): Promise<void> {
  const closed = new Promise((resolve) => listener.close(resolve));
  await postgres.stop();
  for (const client of clients) client.destroy();
  await closed;
}
