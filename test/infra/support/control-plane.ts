/** The control plane's functions over HTTP, each with the rights that its role has in the evaluated infrastructure. */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { IamTokens } from "@postern/control/access/iam-tokens";
import { sweepLostSessions } from "@postern/control/audit/sweep";
import type { Base, EventBus, PrincipalVerifier, Signer, VerifiedPrincipal } from "@postern/control/ports";
import type { FunctionName } from "@postern/core/api/route";
import type { CallerIdentity } from "@postern/core/iam/allow-rule";
import { minute } from "@postern/core/time";
import { createFunction } from "@postern/functions/app";
import { adminHandlers } from "@postern/functions/handlers/admin";
import { authHandlers } from "@postern/functions/handlers/auth";
import { authorizeHandlers } from "@postern/functions/handlers/authorize";
import { deliverChanges } from "@postern/functions/handlers/deliver";
import { ingestHandlers } from "@postern/functions/handlers/ingest";
import { joinHandlers } from "@postern/functions/handlers/join";
import { readHandlers } from "@postern/functions/handlers/read";
import { functionFor } from "@postern/functions/route-match";
import type { HttpHandler } from "@postern/local/http/answer";
import { startHttpServer } from "@postern/local/http/server";
import type { ChangeFeed, Store } from "@postern/store/port";
import { all } from "../rules/rule.ts";
import { roleStatements } from "../rules/statements.ts";
import type { Graph } from "./graph.ts";
import { type Access, guardedStore } from "./guarded-store.ts";

/** The access token of an identity that holds every right: on one machine, and in this test. */
export const ADMIN_TOKEN = "local-admin";

export interface ControlPlane {
  readonly url: string;
  /** What every function did at the table. */
  readonly accesses: Map<FunctionName, Access[]>;
  /** Ends the sessions of lost hosts, as it would be done so many milliseconds from now. */
  readonly sweepIn: (ms: number) => Promise<readonly string[]>;
  /** Delivers all changes so far. */
  readonly deliver: (bus: EventBus) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function startControlPlane(
  graph: Graph,
  openStore: (now: () => number) => Store & ChangeFeed,
): Promise<ControlPlane> {
  let ahead = 0;
  const clock = () => Date.now() + ahead;
  const memory = openStore(clock);
  const accesses = new Map<FunctionName, Access[]>();
  const storeOf = (name: FunctionName) => guardStore(graph, memory, name, accesses);

  let handle: HttpHandler = () => Promise.resolve({ statusCode: 503 });
  const origins: string[] = [];
  const server = await startHttpServer({ port: 0, origins, handle: (event) => handle(event) });
  const url = `http://localhost:${server.port}`;
  origins.push(url);
  const baseOf = (name: FunctionName): Base => ({
    store: storeOf(name),
    clock,
    random: (count) => randomBytes(count),
    config: { clusterName: "test", version: "0.0.0", origins: [url] },
  });
  handle = createHandler(baseOf, clock);
  return {
    url,
    accesses,
    sweepIn: async (ms) => {
      ahead = ms;
      // Callers' proofs are of the present.
      return await sweepLostSessions(baseOf("ingest")).finally(() => {
        ahead = 0;
      });
    },
    deliver: async (bus) => {
      const { changes } = await memory.changes(undefined, 1000);
      const failedAt = await deliverChanges({ bus, store: storeOf("deliver") }, changes);
      if (failedAt !== undefined) throw new Error(`the change ${failedAt} was not delivered`);
    },
    close: async () => {
      await server.close();
      await memory.close();
    },
  };
}

function guardStore(
  graph: Graph,
  memory: Store,
  name: FunctionName,
  accesses: Map<FunctionName, Access[]>,
): Store {
  const roleName = `${name.charAt(0).toUpperCase()}${name.slice(1)}Role`;
  const [role] = all(graph, "aws:iam/role:Role").filter((candidate) => candidate.name === roleName);
  if (role === undefined) throw new Error(`the graph has no ${roleName}`);
  const seen = accesses.get(name) ?? [];
  accesses.set(name, seen);
  return guardedStore(memory, roleStatements(role), (access) => seen.push(access));
}

function createHandler(baseOf: (name: FunctionName) => Base, clock: () => number): HttpHandler {
  const options = {
    verifyLocal: (token: string) =>
      token === ADMIN_TOKEN ? ({ type: "admin", name: "local-admin" } as const) : undefined,
    report: (_id: string, error: unknown) => console.error(error),
  };
  const iamTokens = new IamTokens({
    sign: () => Promise.resolve({ token: "iam-token", expiresAt: clock() + 15 * minute }),
  });
  const auth = { ...baseOf("auth"), userCa: createSigner(), accessTokens: createSigner() };
  const join = { ...baseOf("join"), hostCa: createSigner(), principals };
  const functions = {
    auth: createFunction("auth", authHandlers, auth, options),
    join: createFunction("join", joinHandlers, join, options),
    authorize: createFunction(
      "authorize",
      authorizeHandlers,
      { ...baseOf("authorize"), iamTokens, reportCloud: () => undefined },
      options,
    ),
    ingest: createFunction("ingest", ingestHandlers, baseOf("ingest"), options),
    admin: createFunction("admin", adminHandlers, baseOf("admin"), options),
    read: createFunction("read", readHandlers, baseOf("read"), options),
  };
  return async (event) => {
    const { method, path } = event.requestContext.http;
    return await functions[functionFor(method, path)](event);
  };
}

/** STS itself has no part in what a function may do at the table. */
const principals: PrincipalVerifier = {
  verify: async () => {
    const identity: CallerIdentity = { account: "111111111111", arn: "arn:aws:iam::111111111111:user/proxy" };
    return { type: "verified", principal: identity as VerifiedPrincipal }; // in STS's place
  },
};

function createSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    publicKey: () => Promise.resolve(publicKey),
    sign: (data) => Promise.resolve(sign("sha256", data, privateKey)),
  };
}
