/** A proxy in front of the stand-in Aurora, and a control plane that lets everybody in. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionOptions } from "node:tls";
import { Signer } from "@aws-sdk/rds-signer";
import type { OpenSessionResponse } from "@postern/core/api/host";
import type { AuditRecord } from "@postern/core/audit/record";
import { type Aurora, startAurora } from "@postern/local/aurora/aurora";
import { wipePostgres } from "@postern/local/postgres/postgres";
import { createLog, silentLog } from "@postern/proxy/log";
import { type Proxy, type ProxyLimits, startProxy } from "@postern/proxy/proxy";
import { errorField } from "@postern/wire/error-response";
import { type Certificate, issue } from "./certificates.ts";
import { type FakeControlPlane, fakeControlPlane } from "./fake-control-plane.ts";
import { until } from "./until.ts";
import { openTls, WireClient } from "./wire-client.ts";

export const region = "eu-central-1";
const accessKeyId = "AKIATEST";
const secretAccessKey = "secret";

export interface Database {
  readonly aurora: Aurora;
  readonly folder: string;
  stop(): Promise<void>;
}

export async function startDatabase(): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), "postern-db-"));
  const aurora = await startAurora(
    {
      dataDir: folder,
      port: 0,
      region,
      accessKeys: { [accessKeyId]: { secretAccessKey } },
      certificate: "good",
      moreSeed: ["grant create on schema public to alice", "create role bob login"],
      logStatements: true,
    },
    { now: Date.now, patienceMs: 10_000, onTokenRefused: () => undefined },
  );
  const stop = async (): Promise<void> => {
    await aurora.stop();
    await wipePostgres(folder);
    rmSync(folder, { recursive: true, force: true });
  };
  return { aurora, folder, stop };
}

export function signToken(port: number, username: string): Promise<string> {
  const credentials = { accessKeyId, secretAccessKey };
  return new Signer({ hostname: "localhost", port, username, region, credentials }).getAuthToken();
}

/** What the control plane answers to somebody who may. */
export async function allow(
  sid: string,
  request: { readonly db_user: string; readonly db_name: string },
  endpoint: { readonly port: number; readonly caPem: string | null; readonly host?: string },
): Promise<OpenSessionResponse> {
  return {
    decision: "allow",
    decision_id: "de_test",
    sid,
    user: "alice",
    login_session: "ls_test",
    account: "ac_test",
    database: "aurora",
    db_user: request.db_user,
    db_name: request.db_name,
    endpoint: { host: endpoint.host ?? "localhost", port: endpoint.port, ca_cert_pem: endpoint.caPem },
    iam_token: await signToken(endpoint.port, request.db_user),
    ends_at: new Date(Date.now() + 3_600_000).toISOString(),
  };
}

export interface Stage {
  readonly control: FakeControlPlane;
  readonly proxy: Proxy;
  readonly folder: string;
  readonly client: Certificate;
  /** What psql and pg need, as files. */
  readonly files: { readonly cert: string; readonly key: string; readonly ca: string };
  stop(): Promise<void>;
}

export async function startStage(
  endpoint: { readonly port: number; readonly caPem: string | null; readonly host?: string },
  limits: Partial<ProxyLimits> = {},
  folder: string = mkdtempSync(join(tmpdir(), "postern-proxy-")),
): Promise<Stage> {
  const control = await fakeControlPlane((request, sid) => allow(sid, request, endpoint));
  const client = await issue(control.userCa, { name: "alice", usage: "clientAuth" });
  const proxy = await startProxy({
    dataDir: folder,
    listen: { host: "127.0.0.1", port: 0 },
    join: (controlPlane) => controlPlane.join({ token: "token", version: "test" }),
    serves: { public_addr: "localhost:5440", databases: [] },
    defaultAuthorities: [],
    connect: (key) => control.connect(key),
    version: "test",
    now: Date.now,
    log: process.env["POSTERN_TEST_LOG"] ? createLog("debug") : silentLog,
    limits,
  });
  const files = { cert: join(folder, "c.crt"), key: join(folder, "c.key"), ca: join(folder, "ca.crt") };
  writeFileSync(files.cert, client.certificate);
  writeFileSync(files.key, client.key, { mode: 0o600 });
  writeFileSync(files.ca, control.hostCa.certificate);
  const stop = async (): Promise<void> => {
    await proxy.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { control, proxy, folder, client, files, stop };
}

export function endpointOf({ aurora }: Database): { readonly port: number; readonly caPem: string } {
  return { port: aurora.port, caPem: readFileSync(aurora.caFile, "utf8") };
}

/** @param folder the proxy's data folder; else one of its own */
export function stageFor(
  database: Database,
  limits: Partial<ProxyLimits> = {},
  folder?: string,
): Promise<Stage> {
  return startStage(endpointOf(database), limits, folder);
}

/** A session over raw messages, let in and ready. */
export async function openSession(
  stage: Stage,
  parameters: Readonly<Record<string, string>> = {},
): Promise<WireClient> {
  const client = new WireClient(await openTls(stage.proxy.port, "negotiated", tlsOptions(stage)));
  client.startUp({ user: "alice", database: "postgres", ...parameters });
  const last = (await client.until("ReadyForQuery")).at(-1);
  if (last?.type === "ErrorResponse") throw new Error(`not let in: ${errorField(last, "M")}`);
  return client;
}

export function tlsOptions({ control, client }: Stage): ConnectionOptions {
  return { ca: control.hostCa.certificate, cert: client.certificate, key: client.key };
}

/** The records of the session that was opened last, when its end is stored. */
export async function endedRecords(stage: Stage): Promise<AuditRecord[]> {
  const sid = stage.control.sids.at(-1) ?? "";
  return until("the session's end is stored", () => {
    const records = stage.control.records(sid);
    return records.at(-1)?.type === "end" && records;
  });
}
