/** Answers one HTTP request: refuses what doesn't mean this machine, and hands the rest to the functions as an event. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { sayFailure } from "../say.ts";
import { toEvent, writeResult } from "./event.ts";

export type HttpHandler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

export interface Answering {
  /** Where people reach us, such as `http://localhost:3080`. */
  readonly origins: readonly string[];
  readonly handle: HttpHandler;
}

/** API Gateway refuses larger payloads than 10 MB. */
const maxBodyBytes = 10_000_000;

/** Never rejects. */
export async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  answering: Answering,
): Promise<void> {
  try {
    await answerOwn(request, response, answering);
  } catch (error) {
    if (request.errored || response.destroyed) return; // who asked has gone
    sayFailure(error);
    if (response.headersSent) response.destroy();
    else refuse(response, 500, "something went wrong on our side");
  }
}

async function answerOwn(
  request: IncomingMessage,
  response: ServerResponse,
  { origins, handle }: Answering,
): Promise<void> {
  const { host, origin } = request.headers;
  if (!isOwnHost(origins, host)) return refuse(response, 421, "this server is for this machine only");
  if (origin !== undefined && !origins.includes(origin))
    return refuse(response, 403, "requests from other sites are refused");
  // Another form names another server, and asks for a proxy.
  if (request.url?.startsWith("/") !== true) return refuse(response, 400, "expected a path");
  const body = await readBody(request);
  if (!body) return refuse(response, 413, `a body has at most ${maxBodyBytes} bytes`);
  writeResult(response, await handle(toEvent(request, body)));
}

/** A foreign Host means that a name elsewhere was pointed at this machine (DNS rebinding). */
function isOwnHost(origins: readonly string[], host: string | undefined): boolean {
  return origins.some((origin) => new URL(origin).host === host?.toLowerCase());
}

/** Undefined for a body over the limit; no more than the limit is ever held. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"]) > maxBodyBytes) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  // The connection is still needed, for the refusal.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What is left of the request is not read any more. */
function refuse(response: ServerResponse, status: number, detail: string): void {
  const problem = { type: "about:blank", title: "Refused", status, code: "input.invalid", detail };
  response.writeHead(status, { "content-type": "application/problem+json", connection: "close" });
  response.end(JSON.stringify(problem));
}
