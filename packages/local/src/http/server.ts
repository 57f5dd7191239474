/** The HTTP server of one machine, on its loopback addresses alone. */
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { second } from "@postern/core/time";
import { type Answering, answer } from "./answer.ts";

/** `localhost` is either, and whoever had the other one could pose as us there. */
const addresses = ["127.0.0.1", "::1"];

/** Of each address: more than one machine's people and programs ever need. */
const maxConnections = 1_000;

/** How long what is being answered may take once the server closes. */
const graceMs = second;

/** Who is slow with a request, or with reading an answer, loses the connection. */
const limits = {
  headersTimeout: 5 * second,
  requestTimeout: 30 * second,
  connectionsCheckingInterval: second,
};
const idleMs = 60 * second;

export interface HttpServerOptions extends Answering {
  /** 0 takes any free one. */
  readonly port: number;
}

export interface HttpServer {
  readonly port: number;
  /** Settles when nothing is answered any more. */
  close(): Promise<void>;
}

/** Rejects with an EADDRINUSE error where the port is taken on one of the addresses. */
export async function startHttpServer({ port, ...answering }: HttpServerOptions): Promise<HttpServer> {
  const servers: Server[] = [];
  const running = new Set<Promise<void>>();
  const onRequest: RequestListener = (request, response) => {
    const answered = answer(request, response, answering).finally(() => running.delete(answered));
    running.add(answered);
  };
  async function close(): Promise<void> {
    await Promise.all(servers.map(closeServer));
    // Who asked may have gone, and what he asked for still runs.
    await Promise.race([Promise.all(running), delay(graceMs, undefined, { ref: false })]);
  }
  try {
    for (const address of addresses) {
      const server = await listen(portOf(servers[0]) ?? port, address, onRequest);
      if (server !== undefined) servers.push(server);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { port: portOf(servers[0]) ?? port, close };
}

/** Undefined where the machine has no such address. */
async function listen(
  port: number,
  address: string,
  onRequest: RequestListener,
): Promise<Server | undefined> {
  const server = createServer(limits, onRequest);
  server.maxConnections = maxConnections;
  server.timeout = idleMs;
  try {
    await once(server.listen(port, address), "listening");
    return server;
  } catch (error) {
    if (error instanceof Error && "code" in error && isMissing(error.code)) return undefined;
    throw error;
  }
}

/** Machines without IPv6. */
function isMissing(code: unknown): boolean {
  return code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT";
}

function portOf(server: Server | undefined): number | undefined {
  const address = server?.address();
  return typeof address === "object" ? address?.port : undefined;
}

/** Connections that only wait for more requests end at once. */
async function closeServer(server: Server): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(timer);
}
