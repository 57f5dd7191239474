/** The HTTP server of one machine, on its loopback addresses alone. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { second } from "@postern/core/time";
import { type Answering, answer } from "./answer.ts";

/** `localhost` is either, and whoever had the other one could pose as us there. */
const addresses = ["127.0.0.1", "::1"];

/** Of each address: more than one machine's people and programs ever need. */
const maxConnections = 1_000;

/** How long a request that is being answered may take once the server closes. */
const graceMs = second;

/** Who is slow with a request, or with reading an answer, loses the connection. */
const limits = {
  headersTimeout: 10 * second,
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
  close(): Promise<void>;
}

/** Rejects with an EADDRINUSE error where the port is taken on one of the addresses. */
export async function startHttpServer({ port, ...answering }: HttpServerOptions): Promise<HttpServer> {
  const servers: Server[] = [];
  const closeAll = async (): Promise<void> => {
    await Promise.all(servers.map(close));
  };
  try {
    for (const address of addresses) {
      const server = await listen(portOf(servers[0]) ?? port, address, answering);
      if (server !== undefined) servers.push(server);
    }
  } catch (error) {
    await closeAll();
    throw error;
  }
  return { port: portOf(servers[0]) ?? port, close: closeAll };
}

/** Undefined where the machine has no such address. */
async function listen(port: number, address: string, answering: Answering): Promise<Server | undefined> {
  const server = createServer(limits, (request, response) => void answer(request, response, answering));
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

/** Waits for what is being answered, for a moment; connections that only wait for more end at once. */
async function close(server: Server): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(timer);
}
