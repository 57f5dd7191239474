/** A deployment in which alice may open `aurora`: everything real but AWS, whose credentials are made up. */

import { randomUUID } from "node:crypto";
import type {
  OpenSessionRequest,
  OpenSessionResponse,
  PresentedCredential,
  ServedDatabase,
} from "@postern/core/api/host";
import type { Store } from "@postern/store/port";
import type { Call, CallerOf } from "../caller.ts";
import { createRdsIamSigner } from "../cloud/rds-iam.ts";
import type { CloudReport } from "../health/cloud-problem.ts";
import { heartbeat } from "../host/heartbeat.ts";
import { joinHost } from "../host/join.ts";
import { createCredential } from "../identity/credential.ts";
import {
  address,
  admin,
  createDeps,
  createRole,
  createSigner,
  createUser,
  keyCall,
  type LoggedIn,
  loginAs,
  type TestDeps,
} from "../identity/test-support.ts";
import type { IamTokenRequest } from "../ports.ts";
import { createToken } from "../resource/token.ts";
import { IamTokens } from "./iam-tokens.ts";
import { openSession } from "./open-session.ts";
import type { AuthorizeDeps } from "./opening.ts";

export type HostCall = Call<CallerOf<"host">>;

export interface Scene {
  readonly deps: TestDeps & AuthorizeDeps;
  readonly host: HostCall;
  readonly alice: LoggedIn;
  /** What was signed, in order: a token that is given again is signed once. */
  readonly signed: readonly IamTokenRequest[];
  /** What the control plane's log was told of AWS. */
  readonly reported: readonly string[];
  /** The host's sign of life, stating these databases. */
  readonly beat: (call?: HostCall, databases?: readonly string[]) => Promise<void>;
}

export const target = { database: "aurora", db_user: "alice", db_name: "postgres" };

const uri = "aurora.cluster-abc.us-west-1.rds.amazonaws.com:5432";

/** @param openStore absent: SQLite */
export async function createScene(openStore?: (now: () => number) => Store): Promise<Scene> {
  const sqlite = createDeps();
  const base = openStore === undefined ? sqlite : { ...sqlite, store: openStore(sqlite.clock) };
  const signed: IamTokenRequest[] = [];
  const reported: string[] = [];
  const reportCloud: CloudReport = (id, { message }) => void reported.push(`${id}: ${message}`);
  const deps = { ...base, iamTokens: new IamTokens(recordingSigner(base, signed)), reportCloud };
  await createRole(deps, "db", {
    allow: { db_labels: { env: "dev" }, db_users: ["alice"], db_names: ["postgres"] },
  });
  await createUser(deps, "alice", ["db"]);
  const host = await joinAsHost(deps);
  const beat: Scene["beat"] = async (call = host, databases = ["aurora"]) => {
    const stated = databases.map(served);
    await heartbeat(deps, call, { public_addr: "db.example.com:5440", version: "1", databases: stated });
  };
  await beat();
  return { deps, host, alice: await loginAs(deps, "alice"), signed, reported, beat };
}

/** Signs as in production, with credentials that AWS never gave. */
function recordingSigner(base: TestDeps, signed: IamTokenRequest[]) {
  const credentials = async () => ({ accessKeyId: "AKIDTEST", secretAccessKey: "test-secret-key" });
  const signer = createRdsIamSigner({ clock: base.clock, credentials });
  return {
    sign: async (request: IamTokenRequest) => {
      signed.push(request);
      return await signer.sign(request);
    },
  };
}

export async function joinAsHost(deps: TestDeps): Promise<HostCall> {
  const names = ["db.example.com"];
  const { token } = await createToken(deps, admin, { type: "db", ttl: "30m", uses: 1, names });
  const key = await keyCall(createSigner());
  const { host_id } = await joinHost(deps, key, { token, version: "1" });
  return { caller: { type: "host", hostId: host_id, thumbprint: key.caller.thumbprint }, address };
}

export function served(name: string): ServedDatabase {
  const aws = {
    region: "us-west-1",
    account_id: null,
    resource_id: null,
    assume_role_arn: null,
    external_id: null,
  };
  return {
    name,
    description: "",
    labels: { env: "dev" },
    spec: { protocol: "postgres", uri, tls: { ca_cert_pem: null }, aws },
  };
}

export async function certificateFor(
  { deps, alice }: Scene,
  more: object = {},
): Promise<PresentedCredential> {
  const public_key = createSigner().publicKeyObject.export({ type: "spki", format: "pem" }).toString();
  const issued = await createCredential(deps, alice.call, {
    type: "certificate",
    ...target,
    public_key,
    purpose: "connections",
    ...more,
  });
  if (issued.type !== "certificate") throw new Error("a certificate was asked for");
  return { type: "certificate", certificate: issued.certificate };
}

export async function tokenFor({ deps, alice }: Scene): Promise<PresentedCredential> {
  const issued = await createCredential(deps, alice.call, { type: "token", ...target });
  if (issued.type !== "token") throw new Error("a token was asked for");
  return { type: "token", token: issued.token };
}

export function requestWith(
  credential: PresentedCredential,
  more: Partial<OpenSessionRequest> = {},
): OpenSessionRequest {
  const { db_user, db_name } = target;
  return {
    credential,
    db_user,
    db_name,
    client_addr: "198.51.100.4:55000",
    idempotency_key: randomUUID(),
    ...more,
  };
}

export type Allowed = Extract<OpenSessionResponse, { decision: "allow" }>;
export type Denied = Extract<OpenSessionResponse, { decision: "deny" }>;

/** Opens a session that must be allowed. */
export async function openAllowed({ deps, host }: Scene, request: OpenSessionRequest): Promise<Allowed> {
  const response = await openSession(deps, host, request);
  if (response.decision !== "allow") throw new Error(`denied: ${response.message}`);
  return response;
}

/** Asks for a session that must be denied. */
export async function openDenied(
  { deps, host }: Scene,
  request: OpenSessionRequest,
  call = host,
): Promise<Denied> {
  const response = await openSession(deps, call, request);
  if (response.decision !== "deny") throw new Error("allowed");
  return response;
}
