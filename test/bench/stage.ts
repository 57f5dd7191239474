/** What a benchmark runs on: one PostgreSQL, reached directly over its own TLS and through a proxy. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPostgres, wipePostgres } from "@postern/local/postgres/postgres";
import pg from "pg";

const user = "bench";
const password = "only-for-the-benchmark";

/** How a libpq client gets to PostgreSQL: the same verification and the same cipher on both ways. */
export type Way = NodeJS.ProcessEnv;

export interface Usage {
  readonly cpuUs: number;
  readonly rssBytes: number;
}

export interface BenchStage {
  readonly direct: Way;
  readonly proxied: Way;
  proxyUsage(): Promise<Usage>;
  stop(): Promise<void>;
}

export async function startBenchStage(): Promise<BenchStage> {
  const folder = mkdtempSync(join(tmpdir(), "postern-bench-"));
  const postgres = await startPostgres({ dataDir: folder });
  const caFile = join(folder, "pg-ca.crt");
  writeFileSync(caFile, postgres.certificate);
  await prepare(postgres.port, postgres.superuser, postgres.certificate);
  const sink = await startSink();
  const script = fileURLToPath(new URL("./proxy-process.ts", import.meta.url));
  const sinkUrl = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
  const proxy = fork(script, [join(folder, "proxy"), String(postgres.port), caFile, password, sinkUrl]);
  const [ready] = (await once(proxy, "message")) as [Ready];
  const base = {
    ...process.env,
    PGHOST: "localhost",
    PGUSER: user,
    PGDATABASE: "postgres",
    PGSSLMODE: "verify-full",
  };
  return {
    direct: { ...base, PGPORT: String(postgres.port), PGSSLROOTCERT: caFile, PGPASSWORD: password },
    proxied: { ...base, PGPORT: String(ready.port), ...credentialFiles(folder, ready) },
    proxyUsage: () => askUsage(proxy),
    async stop() {
      proxy.disconnect();
      await once(proxy, "exit");
      sink.closeAllConnections();
      sink.close();
      await postgres.stop();
      await wipePostgres(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Ready {
  readonly port: number;
  readonly client: { readonly certificate: string; readonly key: string };
  readonly hostCa: string;
}

function credentialFiles(folder: string, { client, hostCa }: Ready): Way {
  const at = (name: string) => join(folder, name);
  writeFileSync(at("client.crt"), client.certificate);
  writeFileSync(at("client.key"), client.key, { mode: 0o600 });
  writeFileSync(at("host-ca.crt"), hostCa);
  return { PGSSLCERT: at("client.crt"), PGSSLKEY: at("client.key"), PGSSLROOTCERT: at("host-ca.crt") };
}

/** A role whose password is asked for in clear inside TLS, as Aurora asks for an IAM token. */
async function prepare(
  port: number,
  superuser: { name: string; password: string },
  ca: string,
): Promise<void> {
  const client = new pg.Client({
    host: "localhost",
    port,
    user: superuser.name,
    password: superuser.password,
    database: "postgres",
    ssl: { ca },
  });
  await client.connect();
  await client.query(`create role ${user} login password '${password}'`);
  await client.query(`grant create on schema public to ${user}`);
  const { rows } = await client.query<{ hba_file: string }>("show hba_file");
  const file = rows[0]?.hba_file ?? "";
  writeFileSync(file, `hostssl all ${user} 127.0.0.1/32 password\n${readFileSync(file, "utf8")}`);
  await client.query("select pg_reload_conf()");
  await client.end();
}

/** Takes chunks as the control plane does, and forgets them. */
async function startSink(): Promise<Server> {
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      const { sid, chunk } = JSON.parse(body) as { sid: string; chunk: number };
      response.setHeader("content-type", "application/json").end(JSON.stringify({ sid, chunk }));
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

async function askUsage(proxy: ChildProcess): Promise<Usage> {
  proxy.send("usage");
  const [usage] = (await once(proxy, "message")) as [Usage];
  return usage;
}
