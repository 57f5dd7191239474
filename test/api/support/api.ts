/** The whole API over one store, as API Gateway calls it: every request goes through the route table. */
import type { Scene } from "@postern/control/access/test-support";
import { createSigner } from "@postern/control/identity/test-support";
import { CreateTokenResponse } from "@postern/core/api/admin";
import { HostIdentity } from "@postern/core/api/join";
import type { CallerType } from "@postern/core/api/route";
import type { AuditEvent } from "@postern/core/audit/event";
import type { FunctionOptions } from "@postern/functions/app";
import { functionFor } from "@postern/functions/route-match";
import {
  bodyOf,
  createCallers,
  createFunctions,
  type Identity,
  problemOf,
  send,
  type TestRequest,
} from "@postern/functions/test-support";
import type { Store } from "@postern/store/port";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** A problem's code; undefined for an answer that is none. */
  readonly code: string | undefined;
}

export interface Api {
  readonly scene: Scene;
  readonly identities: Record<CallerType, Identity>;
  readonly call: (caller: Identity, request: TestRequest) => Promise<Answer>;
  /** The newest events of the log, newest last. */
  readonly events: (name?: AuditEvent["event"]) => Promise<AuditEvent[]>;
}

/** @param openStore absent: SQLite */
export async function createApi(
  openStore?: (now: () => number) => Store,
  options: FunctionOptions = {},
): Promise<Api> {
  const { scene, identities } = await createCallers(openStore);
  const functions = createFunctions(scene, options);
  const call: Api["call"] = async (caller, request) => {
    const result = await send(scene, functions[functionFor(request.method, request.path)], caller, request);
    const status = result.statusCode ?? 200;
    return { status, body: bodyOf(result), code: status < 400 ? undefined : problemOf(result).code };
  };
  const events: Api["events"] = async (event) => {
    const query = { limit: "1000", ...(event !== undefined && { event }) };
    const { body } = await call(identities.admin, { method: "GET", path: "/v1/audit", query });
    return (body as { events: AuditEvent[] }).events; // the route's schema was just applied to it
  };
  return { scene, identities, call, events };
}

/** A heartbeat of a host that states these databases, as `createScene` names its address. */
export function heartbeatOf(...databases: readonly object[]): TestRequest {
  const body = { public_addr: "db.example.com:5440", version: "1", databases };
  return { method: "PUT", path: "/v1/hosts/self", body };
}

/** `aurora` as the scene's own host states it, but for what is overridden. */
export function statedDatabase(more: object = {}): object {
  const uri = "aurora.cluster-abc.us-west-1.rds.amazonaws.com:5432";
  const spec = { protocol: "postgres", uri, aws: { region: "us-west-1" } };
  return { name: "aurora", description: "", labels: { env: "dev" }, spec, ...more };
}

/** A further host, joined over HTTP, that serves what it states. */
export async function joinHost(
  { call, identities }: Api,
  ...databases: readonly object[]
): Promise<Identity & { readonly hostId: string }> {
  const body = { type: "db", names: ["db.example.com"] };
  const made = await call(identities.admin, { method: "POST", path: "/v1/tokens", body });
  const { token } = CreateTokenResponse.parse(made.body);
  const key = createSigner();
  const join = { method: "POST", path: "/v1/hosts/join", body: { token, version: "1" } };
  const { access_token, host_id } = HostIdentity.parse((await call({ key }, join)).body);
  const host = { key, token: access_token, hostId: host_id };
  await call(host, heartbeatOf(...databases));
  return host;
}
