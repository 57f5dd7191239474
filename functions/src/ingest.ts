/** Takes hosts' records over HTTP, and once a minute (an EventBridge schedule) ends the sessions of lost hosts. */
import { sweepLostSessions } from "@postern/control/audit/sweep";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { createFunction } from "./app.ts";
import { createBase } from "./deps.ts";
import { ingestHandlers } from "./handlers/ingest.ts";

const base = createBase();
const answer = createFunction("ingest", ingestHandlers, base);

export async function handler(event: APIGatewayProxyEventV2 | { readonly type: "sweep" }): Promise<unknown> {
  return "requestContext" in event ? await answer(event) : await sweepLostSessions(base);
}
