/** Requests as API Gateway passes them on (payload format 2.0), by every kind of caller. */
import { createHash, randomUUID, X509Certificate } from "node:crypto";
import { createScene, type Scene } from "@postern/control/access/test-support";
import { joinHost } from "@postern/control/host/join";
import {
  admin,
  createProof,
  createSigner,
  keyCall,
  origin,
  type TestKey,
} from "@postern/control/identity/test-support";
import { createToken } from "@postern/control/resource/token";
import { Problem } from "@postern/core/api/read";
import type { CallerType } from "@postern/core/api/route";
import type { RouteName, Routes } from "@postern/core/api/routes";
import type { Store } from "@postern/store/port";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { createFunction, type FunctionOptions, type HttpFunction } from "./app.ts";
import { adminHandlers } from "./handlers/admin.ts";
import { authHandlers } from "./handlers/auth.ts";
import { authorizeHandlers } from "./handlers/authorize.ts";
import { ingestHandlers } from "./handlers/ingest.ts";
import { joinHandlers } from "./handlers/join.ts";
import { readHandlers } from "./handlers/read.ts";

export type HttpFunctionName = Routes[RouteName]["function"];

export const handlersOf = {
  auth: authHandlers,
  join: joinHandlers,
  authorize: authorizeHandlers,
  ingest: ingestHandlers,
  admin: adminHandlers,
  read: readHandlers,
} satisfies Record<HttpFunctionName, object>;

/** Every function over one scene, with a local admin as `packages/local` has one. */
export function createFunctions(
  { deps }: Scene,
  more: FunctionOptions = {},
): Record<HttpFunctionName, HttpFunction> {
  const verifyLocal = (token: string) => (token === "local" ? admin.caller : undefined);
  const options = { verifyLocal, ...more };
  return {
    auth: createFunction("auth", authHandlers, deps, options),
    join: createFunction("join", joinHandlers, deps, options),
    authorize: createFunction("authorize", authorizeHandlers, deps, options),
    ingest: createFunction("ingest", ingestHandlers, deps, options),
    admin: createFunction("admin", adminHandlers, deps, options),
    read: createFunction("read", readHandlers, deps, options),
  };
}

/** What a caller proves himself with: a key, and a token where he has one. */
export interface Identity {
  readonly key?: TestKey;
  readonly token?: string;
}

/** A scene with one caller of each kind. @param openStore absent: SQLite */
export async function createCallers(
  openStore?: (now: () => number) => Store,
): Promise<{ scene: Scene; identities: Record<CallerType, Identity> }> {
  const scene = await createScene(openStore);
  const { deps, alice } = scene;
  const names = ["db.example.com"];
  const { token } = await createToken(deps, admin, { type: "db", ttl: "30m", uses: 1, names });
  const hostKey = createSigner();
  const { certificate } = await joinHost(deps, await keyCall(hostKey), { token, version: "1" });
  const der = new X509Certificate(certificate).raw.toString("base64url");
  const identities = {
    anyone: {},
    key: { key: createSigner() },
    user: { key: alice.key, token: alice.accessToken },
    host: { key: hostKey, token: der },
    admin: { key: createSigner(), token: "local" },
  };
  return { scene, identities };
}

export interface TestRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Record<string, string>;
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** Sends a request as the caller; each has a new proof. */
export async function send(
  { deps }: Scene,
  handler: HttpFunction,
  identity: Identity,
  request: TestRequest,
): Promise<APIGatewayProxyStructuredResultV2> {
  const headers = { ...(await proofHeaders(deps, identity, request)), ...request.headers };
  return await handler(eventFrom(request, headers));
}

/** What a good client sends with a request to prove who calls. */
export async function proofHeaders(
  deps: Scene["deps"],
  { key, token }: Identity,
  { method, path }: TestRequest,
): Promise<Record<string, string>> {
  if (key === undefined) return {};
  const ath = token === undefined ? {} : { ath: createHash("sha256").update(token).digest("base64url") };
  const proof = await createProof(deps, key, { claims: { htm: method, htu: `${origin}${path}`, ...ath } });
  return { DPoP: proof, ...(token !== undefined && { Authorization: `DPoP ${token}` }) };
}

function eventFrom(
  { method, path, query, body }: TestRequest,
  headers: Record<string, string>,
): APIGatewayProxyEventV2 {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "",
    headers: { ...(text !== undefined && { "Content-Type": "application/json" }), ...headers },
    ...(query !== undefined && { queryStringParameters: query }),
    ...(text !== undefined && { body: text }),
    isBase64Encoded: false,
    requestContext: {
      accountId: "1",
      apiId: "api",
      domainName: "postern.example.com",
      domainPrefix: "postern",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "198.51.100.4", userAgent: "test" },
      requestId: randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: "",
      timeEpoch: 0,
    },
  };
}

export function bodyOf({ body = "{}" }: APIGatewayProxyStructuredResultV2): unknown {
  return JSON.parse(body);
}

export function problemOf(result: APIGatewayProxyStructuredResultV2): Problem {
  return Problem.parse(bodyOf(result));
}
