import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Signer } from "@aws-sdk/rds-signer";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { findPlace } from "../postgres/place.ts";
import { wipePostgres } from "../postgres/postgres.ts";
import { readPostmasterPid } from "../postgres/postmaster-pid.ts";
import { inspectProcess } from "../postgres/process-info.ts";
import { type AuroraConfig, AuroraReady, configVariable } from "./config.ts";

const script = fileURLToPath(new URL("main.ts", import.meta.url));
const region = "eu-central-1";
const credentials = { accessKeyId: "AKIALOCAL", secretAccessKey: "local secret" };

describe("the stand-in Aurora's process", { timeout: 60_000 }, () => {
  let dataDir: string;
  const started: ChildProcess[] = [];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "postern aurora process "));
  });

  afterAll(async () => {
    for (const aurora of started) aurora.kill("SIGKILL"); // what a failed test left
    await wipePostgres(dataDir);
    await rm(dataDir, { recursive: true });
  });

  function start(options: Partial<z.input<typeof AuroraConfig>> = {}): ChildProcess {
    const accessKeys = { [credentials.accessKeyId]: { secretAccessKey: credentials.secretAccessKey } };
    const config: z.input<typeof AuroraConfig> = { dataDir, region, accessKeys, ...options };
    const env = { ...process.env, [configVariable]: JSON.stringify(config) };
    const aurora = fork(script, { env, stdio: ["ignore", "pipe", "pipe", "ipc"], execArgv: [] });
    started.push(aurora);
    return aurora;
  }

  async function ready(aurora: ChildProcess): Promise<AuroraReady> {
    const [message] = await once(aurora, "message");
    return AuroraReady.parse(message);
  }

  async function serverPid(): Promise<number> {
    return (await readPostmasterPid(await findPlace(dataDir)))?.pid ?? 0;
  }

  async function login({ port, caFile }: AuroraReady, password?: string): Promise<pg.Client> {
    const signer = new Signer({ hostname: "localhost", port, username: "alice", region, credentials });
    const client = new pg.Client({
      host: "localhost",
      port,
      user: "alice",
      database: "postgres",
      password: password ?? (await signer.getAuthToken()),
      ssl: { ca: await readFile(caFile, "utf8") },
    });
    await client.connect();
    return client;
  }

  test("takes tokens for the port that it reports, and writes down why it refused one", async () => {
    const aurora = start();
    const at = await ready(aurora);
    await (await login(at)).end();
    await expect(login(at, "not a token")).rejects.toMatchObject({ code: "28000" });
    const log = await readFile(join(dataDir, "aurora", "iam-db-auth-error.log"), "utf8");
    expect(JSON.parse(log)).toMatchObject({
      user: "alice",
      host: "127.0.0.1",
      reason: "not a presigned URL",
    });
    aurora.kill("SIGTERM");
    expect(await once(aurora, "exit")).toEqual([0, null]);
  });

  test("tells those who are connected that it stops, and takes PostgreSQL along", async () => {
    const aurora = start();
    const client = await login(await ready(aurora));
    const pid = await serverPid();
    const sleeping = client.query("select pg_sleep(600)").catch((error: unknown) => error);
    client.on("error", () => {});
    aurora.kill("SIGINT"); // Ctrl-C, which is for those who started it
    aurora.kill("SIGTERM");
    expect(await once(aurora, "exit")).toEqual([0, null]);
    expect(await sleeping).toMatchObject({ code: "57P01" });
    expect(await inspectProcess(pid)).toBeNull();
  });

  test("ends, and PostgreSQL with it, when the process that started it is gone", async () => {
    for (const whenReady of [false, true]) {
      const aurora = start();
      if (whenReady) await ready(aurora);
      aurora.disconnect();
      await once(aurora, "exit");
      expect(await inspectProcess(await serverPid())).toBeNull();
    }
  });

  test("killed, leaves nothing that keeps the next one from the same port and the same data", async () => {
    const first = start();
    const { port } = await ready(first);
    const orphan = await serverPid();
    first.kill("SIGKILL");
    await once(first, "exit");

    const second = start({ port });
    const at = await ready(second);
    expect(at.port).toBe(port);
    expect(await inspectProcess(orphan)).toBeNull();
    await (await login(at)).end();
    second.kill("SIGTERM");
    await once(second, "exit");
  });

  test("names the port that it can't have, and leaves no PostgreSQL behind", async () => {
    const first = start();
    const { port } = await ready(first);
    const other = await mkdtemp(join(tmpdir(), "postern aurora process "));
    const second = start({ dataDir: other, port });
    let errors = "";
    second.stderr?.on("data", (chunk) => (errors += chunk));
    expect(await once(second, "exit")).toEqual([1, null]);
    expect(errors).toContain(String(port));
    expect(await readPostmasterPid(await findPlace(other))).toBeNull();
    await wipePostgres(other);
    await rm(other, { recursive: true });
    first.kill("SIGTERM");
    await once(first, "exit");
  });

  test("ends when PostgreSQL does", async () => {
    const aurora = start();
    await ready(aurora);
    process.kill(await serverPid(), "SIGKILL");
    expect(await once(aurora, "exit")).toEqual([1, null]);
  });
});
