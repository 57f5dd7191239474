/** Database services beside `npm start`, run as people run them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DatabaseList } from "@postern/core/api/read";
import { DatabaseServer } from "@postern/core/resource/db-server";
import { type Aurora, startAurora } from "@postern/local/aurora/aurora";
import { wipePostgres } from "@postern/local/postgres/postgres";
import { loadSettings } from "@postern/local/runtime/settings";
import { encodeFrontend } from "@postern/wire/messages/frontend";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { openTcp, openTls, readToEnd, say, WireClient } from "../proxy/support/wire-client.ts";
import { eventually, type Local, startLocal } from "../support/local.ts";
import {
  configure,
  freePort,
  launchService,
  makePlace,
  type Place,
  type Service,
  startService,
} from "./support/service.ts";

let local: Local;
let folder: string;
let shop: Aurora;
const places: Place[] = [];
const services: Service[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "postern-shop-"));
  local = await startLocal();
  const { aws } = loadSettings(join(local.dataDir, "settings.json"));
  const accessKeys = { [aws.access_key_id]: { secretAccessKey: aws.secret_access_key } };
  shop = await startShop(accessKeys);
  const login = ["login", `--proxy=${new URL(local.ready.http).host}`, "--user=alice", "--password-stdin"];
  const { code, stderr } = await local.postern(login, { input: `${local.ready.password}\n` });
  if (code !== 0) throw new Error(stderr);
});

afterAll(async () => {
  for (const service of services) service.process.kill("SIGKILL");
  await Promise.all(services.map(({ finished }) => finished));
  await shop?.stop();
  await local?.remove();
  await wipePostgres(folder);
  for (const place of places) place.remove();
  await wipePostgres(folder);
  rmSync(folder, { recursive: true, force: true });
});

/** A PostgreSQL of the service's own, behind a stand-in for Aurora. */
function startShop(accessKeys: Parameters<typeof startAurora>[0]["accessKeys"], port = 0): Promise<Aurora> {
  return startAurora(
    {
      dataDir: folder,
      port,
      region: "us-west-1",
      accessKeys,
      certificate: "good",
      moreSeed: [
        "create table shop (name text)",
        "insert into shop values ('corner')",
        "grant select on shop to alice",
      ],
      logStatements: false,
    },
    { now: Date.now, patienceMs: 10_000, onTokenRefused: () => undefined },
  );
}

async function place(): Promise<Place> {
  const made = makePlace(await freePort());
  places.push(made);
  return made;
}

async function start(at: Place): Promise<Service> {
  const service = await startService(at);
  services.push(service);
  return service;
}

async function query(database: string, sql: string) {
  const flags = ["--db-user=alice", "--db-name=postgres", "--format=csv"];
  return await local.postern(["db", "query", ...flags, database, sql]);
}

async function listed(name: string) {
  const { stdout } = await local.postern(["db", "ls", "--format=json"]);
  return DatabaseList.shape.databases.parse(JSON.parse(stdout)).find((each) => each.name === name);
}

/** How the stand-in that `npm start` runs is reached. */
function auroraOfLocal(): { uri: string; caFile: string } {
  const config: unknown = parse(readFileSync(join(local.dataDir, "proxy.yaml"), "utf8"));
  const { db_service } = config as {
    db_service: { databases: [{ uri: string; tls: { ca_cert_file: string } }] };
  }; // our own file
  const [{ uri, tls }] = db_service.databases;
  return { uri, caFile: tls.ca_cert_file };
}

describe("a second database service", () => {
  let at: Place;
  let service: Service;

  beforeAll(async () => {
    at = await place();
    await configure(local, at, { name: "shop", uri: `localhost:${shop.port}`, caFile: shop.caFile });
    service = await start(at);
  });

  test("says what it serves, and where", () => {
    const listen = `127.0.0.1:${at.port}`;
    const public_addr = `localhost:${at.port}`;
    expect(service.ready).toEqual({ ready: true, listen, public_addr, databases: ["shop"], refused: [] });
  });

  test("serves a database of its own PostgreSQL, healthy and audited", async () => {
    expect(await listed("shop")).toMatchObject({
      health: "healthy",
      health_reason: null,
      public_addr: `localhost:${at.port}`,
    });
    expect(await query("shop", "select name from shop")).toMatchObject({ code: 0, stdout: "name\ncorner\n" });
    const event = await eventually("the statement is in the audit log", async () => {
      const args = [
        "audit",
        "ls",
        "--event=db.session.query",
        "--format=json",
        `--data-dir=${local.dataDir}`,
      ];
      const { stdout } = await local.postern(args);
      const events = JSON.parse(stdout) as { db_service: string; db_query: string }[]; // its own tests check its shape
      return events.find(({ db_query }) => db_query === "select name from shop");
    });
    expect(event.db_service).toBe("shop");
  });

  test("needs no token when it starts again, and lets go of what it serves when it is told to stop", async () => {
    expect((await service.stop()).code).toBe(0);
    expect(await listed("shop")).toMatchObject({ public_addr: null, health: "unknown" });
    rmSync(at.token);
    service = await start(at);
    expect((await query("shop", "select 1 as one")).stdout).toBe("one\n1\n");
  });

  test("one data folder is one service's at a time", async () => {
    const { code, stderr } = await launchService(at).finished;
    expect(code).toBe(1);
    expect(stderr).toContain(`${join(at.folder, "data")} is in use`);
  });

  test("a database that can't be reached is unhealthy, and says why, until it can again", async () => {
    const { port } = shop;
    await shop.stop();
    const bad = await eventually("it is unhealthy", async () => {
      const database = await listed("shop");
      return database?.health === "unhealthy" ? database : undefined;
    });
    expect(bad.health_reason).toContain(`localhost:${port} can't be reached`);
    expect((await local.postern(["db", "ls", "-v"])).stdout).toContain("unhealthy: the database at");
    const { aws } = loadSettings(join(local.dataDir, "settings.json"));
    shop = await startShop({ [aws.access_key_id]: { secretAccessKey: aws.secret_access_key } }, port);
    await eventually("it is healthy again", async () =>
      (await listed("shop"))?.health === "healthy" ? true : undefined,
    );
  });
});

describe("a service that can't start says why, and what to do:", () => {
  let at: Place;
  let config: string;
  let token: string;

  beforeAll(async () => {
    at = await place();
    await configure(local, at, { name: "other", uri: `localhost:${shop.port}`, caFile: shop.caFile });
    config = readFileSync(at.config, "utf8");
    token = readFileSync(at.token, "utf8");
  });

  /** What it says with this configuration, and this in the token's place. */
  async function refusal(text: string, secret = token): Promise<string> {
    writeFileSync(at.config, text);
    writeFileSync(at.token, secret, { mode: 0o600 });
    const { code, stdout, stderr } = await launchService(at).finished;
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    return stderr;
  }

  test("an unknown key, by path and line", async () => {
    const text = await refusal(config.replace("listen_addr:", "listen_adr:"));
    expect(text).toMatch(/postern\.yaml:7:\d+: db_service\.listen_adr: .*unknown key/i);
  });

  test("a token that is unknown, and one that is no token", async () => {
    expect(await refusal(config, "0".repeat(32))).toContain("postern tokens add --type=db");
    expect(await refusal(config, "nonsense")).toContain("32 hex characters");
  });

  test("a port that is taken", async () => {
    const address = `127.0.0.1:${new URL(local.ready.http).port}`;
    const text = await refusal(config.replace(/listen_addr: .*/, `listen_addr: ${address}`));
    expect(text).toContain(`${address} is in use`);
  });

  test("a public address that its token doesn't name; with a token that does it joins anew", async () => {
    const renamed = config.replace("public_addr: localhost", "public_addr: db.example.com");
    const text = await refusal(renamed);
    expect(text).toContain("postern tokens add --type=db --names=db.example.com");
    const add = ["tokens", "add", "--type=db", "--names=db.example.com", "--format=text"];
    const { stdout } = await local.postern([...add, `--data-dir=${local.dataDir}`]);
    writeFileSync(at.token, stdout, { mode: 0o600 });
    const service = await start(at);
    expect(service.ready).toMatchObject({ databases: ["other"], public_addr: `db.example.com:${at.port}` });
    await service.stop();
  });
});

describe("two services for one database", () => {
  test("a service that states it otherwise than it is kept goes on, and says that it doesn't serve it", async () => {
    const at = await place();
    await configure(local, at, { name: "aurora", uri: `localhost:${shop.port}`, caFile: shop.caFile });
    const service = await start(at);
    expect(service.ready).toMatchObject({ databases: [], refused: [{ database: "aurora" }] });
    await service.stop();
  });

  test("a cancel that lands on the wrong one arrives, and either may go away", async () => {
    const at = await place();
    await configure(local, at, { name: "aurora", ...auroraOfLocal() });
    const service = await start(at);
    const ports = [Number(local.ready.pg.split(":")[1]), at.port];
    expect(await addressesOf("aurora")).toEqual(ports.map((port) => `localhost:${port}`).sort());

    const files = await logIn();
    for (const [own, other] of [ports, ports.toReversed()]) {
      for (const isSecure of [true, false]) {
        const { client, key } = await openSession(own ?? 0, files);
        client.send(say.query("select pg_sleep(60)"));
        await cancelUntilGone(client, () => sendCancel(other ?? 0, key, isSecure));
      }
    }

    service.process.kill("SIGKILL");
    await service.finished;
    // The control plane still takes it for alive: clients go on to the next address.
    for (let tries = 0; tries < 3; tries += 1)
      expect(await query("aurora", "select 1 as one")).toMatchObject({ code: 0, stdout: "one\n1\n" });
    await (await start(at)).stop();
    expect(await addressesOf("aurora")).toEqual([local.ready.pg]);
  }, 120_000);

  async function addressesOf(name: string): Promise<string[]> {
    const args = ["get", "db_servers", "--format=json", `--data-dir=${local.dataDir}`];
    const servers = z.array(DatabaseServer).parse(JSON.parse((await local.postern(args)).stdout));
    const own = servers.filter(({ spec }) => spec.database === name);
    return own.map(({ spec }) => spec.public_addr).sort();
  }

  const Files = z.object({ root_cert_file: z.string(), cert_file: z.string(), key_file: z.string() });

  async function logIn(): Promise<{ ca: Buffer; cert: Buffer; key: Buffer }> {
    const args = ["db", "login", "--db-user=alice", "--db-name=postgres", "--format=json", "aurora"];
    const files = Files.parse(JSON.parse((await local.postern(args)).stdout));
    return {
      ca: readFileSync(files.root_cert_file),
      cert: readFileSync(files.cert_file),
      key: readFileSync(files.key_file),
    };
  }

  /** Through the service at that port, whichever the control plane would have named. */
  async function openSession(port: number, files: Awaited<ReturnType<typeof logIn>>) {
    const client = new WireClient(await openTls(port, "direct", files));
    client.startUp({ user: "alice", database: "postgres" });
    const data = (await client.until("ReadyForQuery")).find(({ type }) => type === "BackendKeyData");
    if (data?.type !== "BackendKeyData") throw new Error("no cancel key");
    return { client, key: data };
  }

  async function sendCancel(port: number, key: object, isSecure: boolean): Promise<void> {
    const { processId, secretKey } = key as { processId: number; secretKey: Uint8Array }; // BackendKeyData's
    const stream = isSecure
      ? await openTls(port, "direct", { rejectUnauthorized: false })
      : await openTcp(port);
    const answer = readToEnd(stream);
    stream.write(encodeFrontend({ type: "CancelRequest", processId, secretKey }));
    expect(await answer).toHaveLength(0);
  }

  /** The statement may not run yet, and hosts hear of each other within a second: a cancel too early is none. */
  async function cancelUntilGone(client: WireClient, cancel: () => Promise<void>): Promise<void> {
    const ended = client.error();
    const isOver = ended.then(() => true);
    await eventually("the cancel arrives", async () => {
      await cancel();
      return (await Promise.race([isOver, delay(300, false)])) || undefined;
    });
    expect((await ended)?.code).toBe("57014");
    client.stream.destroy();
  }
});
