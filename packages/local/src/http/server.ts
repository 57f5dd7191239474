/** The HTTP server of one machine: loopback only, and only for requests that mean this machine. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { toEvent, writeResult } from "./event.ts";

/** API Gateway refuses larger payloads than 10 MB. */
const maxBodyBytes = 10_000_000;

export type HttpHandler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Rejects with an EADDRINUSE error where the port is taken. */
export async function startHttpServer(port: number, handle: HttpHandler): Promise<HttpServer> {
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    answer(request, response, handle).catch((error: unknown) => {
      console.error("http:", error);
      if (!response.headersSent) refuse(response, 500, "internal error");
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) =>
    server.once("error", reject).listen(port, "127.0.0.1", resolve),
  );
  return { port: (server.address() as AddressInfo).port, close: () => close(server) }; // a listening TCP server has one
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handle: HttpHandler,
): Promise<void> {
  if (!isOwnHost(request.headers.host)) return refuse(response, 421, "this server is for this machine only");
  if (!isOwnOrigin(request.headers.origin))
    return refuse(response, 403, "requests from other sites are refused");
  const body = await readBody(request);
  if (!body) return refuse(response, 413, `a body has at most ${maxBodyBytes} bytes`);
  writeResult(response, await handle(toEvent(request, body)));
}

/** A foreign Host means that a name elsewhere was pointed at this machine (DNS rebinding). */
export function isOwnHost(host: string | undefined): boolean {
  return host !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/.test(host);
}

/** Browsers send the Origin of the page that asks; programs send none. */
export function isOwnOrigin(origin: string | undefined): boolean {
  return origin === undefined || (origin.startsWith("http://") && isOwnHost(origin.slice("http://".length)));
}

/** Undefined for a body over the limit; no more than the limit is ever held. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refuse(response: ServerResponse, status: number, detail: string): void {
  const problem = { type: "about:blank", title: "Refused", status, code: "input.invalid", detail };
  response.writeHead(status, { "content-type": "application/problem+json", connection: "close" });
  response.end(JSON.stringify(problem));
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
