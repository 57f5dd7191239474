import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { Signer } from "@aws-sdk/rds-signer";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { wipePostgres } from "../postgres/postgres.ts";
import { type Aurora, startAurora } from "./aurora.ts";
import { AuroraConfig } from "./config.ts";

const region = "eu-central-1";
const key = { accessKeyId: "AKIALOCAL", secretAccessKey: "local secret" };
const patienceMs = 1_000;
const refusals: string[] = [];

let dataDir: string;
let aurora: Aurora;
let ca: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "postern aurora "));
  const config = AuroraConfig.parse({
    dataDir,
    region,
    accessKeys: { [key.accessKeyId]: { secretAccessKey: key.secretAccessKey } },
    moreSeed: ["create role bob login password 'bobs password'"],
  });
  const onTokenRefused = (_claim: unknown, reason: string) => refusals.push(reason);
  aurora = await startAurora(config, { now: Date.now, patienceMs, onTokenRefused });
  ca = await readFile(aurora.caFile, "utf8");
});

afterAll(async () => {
  await aurora.stop();
  await wipePostgres(dataDir);
  await rm(dataDir, { recursive: true });
});

beforeEach(() => refusals.splice(0));

async function token(signing: Partial<ConstructorParameters<typeof Signer>[0]> = {}): Promise<string> {
  const usual = { username: "alice", hostname: "localhost", port: aurora.port, region, credentials: key };
  return await new Signer({ ...usual, ...signing }).getAuthToken();
}

async function login(options: pg.ClientConfig): Promise<pg.Client> {
  const usual = { host: "localhost", port: aurora.port, user: "alice", database: "postgres", ssl: { ca } };
  const client = new pg.Client({ ...usual, ...options });
  client.on("error", () => {}); // a session that is ended says so to its query, too
  await client.connect();
  return client;
}

/** What a login as this superuser sees, past the stand-in. */
async function asSuperuser<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { port, superuser, certificate } = aurora.postgres;
  const client = await login({
    port,
    user: superuser.name,
    password: superuser.password,
    ssl: { ca: certificate },
  });
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function sessionsOf(user: string): Promise<number> {
  return await asSuperuser(async (client) => {
    const { rows } = await client.query(
      "select count(*)::int as n from pg_stat_activity where usename = $1",
      [user],
    );
    return rows[0].n;
  });
}

describe("a member of rds_iam", () => {
  test("logs in with a token and finds the bookshop", async () => {
    const client = await login({ password: await token() });
    const { rows } = await client.query("select session_user as who, count(*)::int as books from books");
    expect(rows).toEqual([{ who: "alice", books: 99 }]);
    await client.end();
  });

  test("reads and writes the shop, and makes tables of its own", async () => {
    const client = await login({ password: await token() });
    const { rows } = await client.query("insert into orders (customer_id) values (1) returning status");
    expect(rows).toEqual([{ status: "open" }]);
    await client.query("create table mine (id int)");
    await expect(client.query("create table public.ours (id int)")).rejects.toMatchObject({ code: "42501" });
    await client.end();
  });

  test("is refused with no token, a password, and every token for something else", async () => {
    const wrong: [string, string | Promise<string>][] = [
      ["not a presigned URL", "alice"],
      ["wrong user", token({ username: "bob" })],
      ["wrong endpoint", token({ port: 5432 })],
      ["wrong region", token({ region: "us-east-1" })],
      ["unknown access key", token({ credentials: { ...key, accessKeyId: "AKIAOTHER" } })],
      ["wrong signature", token({ credentials: { ...key, secretAccessKey: "guessed" } })],
      ["wrong signature", token().then((good) => good.replace("X-Amz-Expires=900", "X-Amz-Expires=800"))],
    ];
    for (const [reason, password] of wrong) {
      await expect(login({ password: await password })).rejects.toMatchObject({
        code: "28000",
        severity: "FATAL",
        message: 'PAM authentication failed for user "alice"',
      });
      expect(refusals.splice(0)).toEqual([reason]);
    }
    await expect(login({ password: "" })).rejects.toMatchObject({ code: "28P01" });
  });

  test("is told of a database that isn't there only after its token was good", async () => {
    const database = "nowhere";
    await expect(login({ database, password: "wrong" })).rejects.toMatchObject({ code: "28000" });
    await expect(login({ database, password: await token() })).rejects.toMatchObject({ code: "3D000" });
  });

  test("gets not a byte of its session before it has shown a token, and leaves none behind", async () => {
    const client = await secured();
    client.write(startupMessage("alice"));
    expect(await read(client, 9)).toEqual(cleartextRequest);
    client.write(message("p", "no token\0"));
    const answer = await readToEnd(client);
    expect(answer[0]).toBe("E".charCodeAt(0));
    expect(answer.readUInt32BE(1)).toBe(answer.length - 1);
    await expect.poll(() => sessionsOf("alice")).toBe(0);
  });

  test("can cancel, with and without TLS", async () => {
    for (const ssl of [false, true]) {
      const client = await login({ password: await token() });
      const sleeping = client.query("select pg_sleep(60)").catch((error: unknown) => error);
      await expect.poll(() => asSuperuser(isSleeping)).toBe(true);
      const canceller = ssl ? await secured() : await plain();
      canceller.write(cancelRequest(client));
      expect(await readToEnd(canceller)).toHaveLength(0);
      expect(await sleeping).toMatchObject({ code: "57014" });
      await client.end();
    }
  });

  test("moves a large result unharmed", async () => {
    const client = await login({ password: await token() });
    const { rows } = await client.query(
      "select md5(string_agg(g::text, ',')) as sum, repeat('x', 20000000) as x from generate_series(1, 1000) g",
    );
    expect(rows[0].x).toHaveLength(20_000_000);
    await client.end();
  });
});

describe("a role that is no member of rds_iam", () => {
  test("logs in with its password over SASL", async () => {
    const client = await login({ user: "bob", password: "bobs password" });
    expect((await client.query("select session_user as who")).rows).toEqual([{ who: "bob" }]);
    await client.end();
  });

  test("is asked for SASL, known or not, and a token is no password", async () => {
    for (const user of ["bob", "nobody at all", aurora.postgres.superuser.name]) {
      const client = await secured();
      client.write(startupMessage(user));
      const answer = await read(client, 9);
      expect([user, answer.readUInt32BE(5)]).toEqual([user, 10]); // AuthenticationSASL
      client.destroy();
      await expect(login({ user, password: await token({ username: user }) })).rejects.toMatchObject({
        code: "28P01",
      });
    }
    expect(refusals).toEqual([]);
  });

  test("becomes one when it is granted rds_iam, and its password is of no use any more", async () => {
    await asSuperuser((client) =>
      client.query("create role carol login password 'carols'; grant rds_iam to carol"),
    );
    await expect(login({ user: "carol", password: "carols" })).rejects.toMatchObject({ code: "28000" });
    const client = await login({ user: "carol", password: await token({ username: "carol" }) });
    await client.end();
  });
});

describe("without TLS", () => {
  test("nobody finds a line in pg_hba.conf", async () => {
    for (const user of ["alice", "bob"]) {
      await expect(login({ user, ssl: false, password: await token() })).rejects.toMatchObject({
        code: "28000",
        message: `no pg_hba.conf entry for host "127.0.0.1", user "${user}", database "postgres", no encryption`,
      });
    }
  });

  test("a request for GSS encryption is declined, and TLS may follow", async () => {
    const client = await plain();
    client.write(encryptionRequest(80877104));
    expect((await read(client, 1)).toString()).toBe("N");
    client.write(encryptionRequest(80877103));
    expect((await read(client, 1)).toString()).toBe("S");
    client.destroy();
  });

  test("bytes behind a request for TLS are not taken for TLS", async () => {
    const client = await plain();
    client.write(Buffer.concat([encryptionRequest(80877103), startupMessage("alice")]));
    expect((await readToEnd(client))[0]).toBe("E".charCodeAt(0));
  });

  test("garbage ends the connection", async () => {
    const client = await plain();
    client.write("GET / HTTP/1.1\r\n\r\n");
    expect(await readToEnd(client)).toHaveLength(0);
  });
});

describe("TLS without asking", () => {
  test("is taken with the protocol's name, and a session opens", async () => {
    const client = connectTls({ host: "localhost", port: aurora.port, ca, ALPNProtocols: ["postgresql"] });
    client.write(startupMessage("alice"));
    expect(await read(client, 9)).toEqual(cleartextRequest);
    client.write(message("p", `${await token()}\0`));
    expect(await read(client, 9)).toEqual(Buffer.from("520000000800000000", "hex"));
    client.destroy();
  });

  test.each([[["http/1.1"]], [[]]])("is refused with other names: %j", async (ALPNProtocols) => {
    const client = connectTls({ host: "localhost", port: aurora.port, ca, ALPNProtocols });
    client.on("error", () => {}); // a TLS alert
    client.write(startupMessage("alice"));
    expect(await readToEnd(client)).toHaveLength(0);
  });
});

describe("whoever says nothing is dropped in time", () => {
  test("before TLS, in its handshake, before the start-up message, and before the token", async () => {
    const silent = await plain();
    const inHandshake = await plain();
    inHandshake.write(encryptionRequest(80877103));
    const beforeStartup = await secured();
    const beforeToken = await secured();
    beforeToken.write(startupMessage("alice"));
    const began = performance.now();
    await Promise.all([silent, inHandshake, beforeStartup, beforeToken].map(readToEnd));
    expect(performance.now() - began).toBeLessThan(3 * patienceMs);
    await expect.poll(() => sessionsOf("alice")).toBe(0);
  });
});

test("a client that vanishes takes its session along", async () => {
  const client = await secured();
  client.write(startupMessage("alice"));
  client.write(message("p", `${await token()}\0`));
  await expect.poll(() => sessionsOf("alice")).toBe(1);
  client.destroy();
  await expect.poll(() => sessionsOf("alice")).toBe(0);
});

const psql = await promisify(execFile)("psql", ["--version"]).then(
  () => true,
  () => false,
);

describe.runIf(psql)("psql", () => {
  async function run(
    env: Record<string, string>,
    ...args: string[]
  ): Promise<{ stdout: string; stderr: string }> {
    const usual = {
      PGHOST: "localhost",
      PGPORT: String(aurora.port),
      PGUSER: "alice",
      PGDATABASE: "postgres",
    };
    const tls = { PGSSLMODE: "verify-full", PGSSLROOTCERT: aurora.caFile };
    const options = { env: { PATH: process.env.PATH, ...usual, ...tls, ...env } };
    return await promisify(execFile)("psql", ["-XAtw", ...args], options).catch(
      (error: { stdout: string; stderr: string }) => error,
    );
  }

  test("logs in with a token, the server's certificate checked in full", async () => {
    expect(await run({ PGPASSWORD: await token() }, "-c", "select current_user")).toMatchObject({
      stdout: "alice\n",
    });
  });

  test("shows what RDS would say", async () => {
    expect((await run({ PGPASSWORD: "wrong" })).stderr).toContain(
      'PAM authentication failed for user "alice"',
    );
    const plainText = await run({ PGPASSWORD: await token(), PGSSLMODE: "disable" });
    expect(plainText.stderr).toContain('user "alice", database "postgres", no encryption');
  });

  test("logs in with a password where the role has one", async () => {
    expect(await run({ PGUSER: "bob", PGPASSWORD: "bobs password" }, "-c", "select 1")).toMatchObject({
      stdout: "1\n",
    });
  });
});

// Bytes by hand, so that the stand-in's own codec is not the one that judges it.

const cleartextRequest = Buffer.from("520000000800000003", "hex");

function message(tag: string, body: string): Buffer {
  const header = Buffer.alloc(5);
  header.write(tag);
  header.writeUInt32BE(4 + Buffer.byteLength(body), 1);
  return Buffer.concat([header, Buffer.from(body)]);
}

function packet(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * numbers.length);
  bytes.writeUInt32BE(bytes.length);
  for (const [index, number] of numbers.entries()) bytes.writeInt32BE(number, 4 + 4 * index);
  return bytes;
}

const encryptionRequest = (code: number): Buffer => packet(code);

/** node-postgres has the key, and its types don't say so. */
function cancelRequest(client: pg.Client): Buffer {
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  return packet(80877102, processID, secretKey);
}

function startupMessage(user: string): Buffer {
  const body = Buffer.from(`\0\u0003\0\0user\0${user}\0database\0postgres\0\0`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(4 + body.length);
  return Buffer.concat([length, body]);
}

async function isSleeping(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query("select from pg_stat_activity where wait_event = 'PgSleep'");
  return rowCount === 1;
}

async function plain(): Promise<Socket> {
  const client = connect(aurora.port, "127.0.0.1");
  await once(client, "connect");
  return client;
}

async function secured(): Promise<TLSSocket> {
  const socket = await plain();
  socket.write(encryptionRequest(80877103));
  expect((await read(socket, 1)).toString()).toBe("S");
  const client = connectTls({ socket, ca, servername: "localhost" });
  await once(client, "secureConnect");
  return client;
}

/** Exactly so many bytes; fails when the connection ends before. */
async function read(client: Socket, count: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = client.read(count);
    if (bytes !== null) return bytes;
    if (client.readableEnded) throw new Error("the connection ended");
    await once(client, "readable");
  }
}

async function readToEnd(client: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  client.on("data", (chunk) => chunks.push(chunk));
  client.on("error", () => {}); // a reset is an end, too
  await new Promise((resolve) => client.once("close", resolve));
  return Buffer.concat(chunks);
}
