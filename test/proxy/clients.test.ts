/** Clients that may not, clients that can't prove it, and what only looks like a client: each ends its own connection alone. */
import { readFileSync } from "node:fs";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { encodeFrontend } from "@postern/wire/messages/frontend";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Certificate, hour, issue, makeAuthority } from "./support/certificates.ts";
import { psql } from "./support/psql.ts";
import {
  allow,
  type Database,
  endedRecords,
  openSession,
  type Stage,
  stageFor,
  startDatabase,
  tlsOptions,
} from "./support/stage.ts";
import { until } from "./support/until.ts";
import { openTcp, openTls, readToEnd, say, type TlsWay, WireClient } from "./support/wire-client.ts";

let database: Database;
let stage: Stage;
/** Runs throughout, and must not notice anything. */
let bystander: WireClient;

const handshakeMs = 1_500;
const databaseToken = `pdt_${"0".repeat(26)}_${"a".repeat(32)}`;

beforeAll(async () => {
  database = await startDatabase();
  stage = await stageFor(database, { handshakeMs });
  bystander = await openSession(stage);
});

afterEach(async () => {
  bystander.send(say.query("select 'undisturbed'"));
  const types = (await bystander.until("ReadyForQuery")).map((message) => message.type);
  if (types.join() !== "RowDescription,DataRow,CommandComplete,ReadyForQuery")
    throw new Error(`disturbed: ${types.join()}`);
});

afterAll(async () => {
  bystander?.stream.destroy();
  await stage?.stop();
  await database?.stop();
});

async function enter(
  way: TlsWay,
  certificate: Certificate | undefined,
  options: ConnectionOptions = {},
): Promise<WireClient> {
  const identity = certificate && { cert: certificate.certificate, key: certificate.key };
  const client = new WireClient(
    await openTls(stage.proxy.port, way, { ca: stage.control.hostCa.certificate, ...identity, ...options }),
  );
  client.startUp({ user: "alice", database: "postgres" });
  return client;
}

describe.each<TlsWay>(["negotiated", "direct"])("by %s TLS", (way) => {
  test("a good certificate opens a session", async () => {
    const client = await enter(way, stage.client);
    const types = (await client.until("ReadyForQuery")).map((message) => message.type);
    expect(types[0]).toBe("AuthenticationOk");
    expect(types.filter((type) => type === "BackendKeyData")).toHaveLength(1);
    client.send(say.terminate);
  });

  const bad: readonly [string, () => Promise<Certificate>][] = [
    [
      "of another CA",
      async () => issue(await makeAuthority("user CA"), { name: "alice", usage: "clientAuth" }),
    ],
    [
      "that is expired",
      () => issue(stage.control.userCa, { name: "alice", usage: "clientAuth", notAfter: Date.now() - 1_000 }),
    ],
    [
      "that is not yet valid",
      () =>
        issue(stage.control.userCa, {
          name: "alice",
          usage: "clientAuth",
          notBefore: Date.now() + hour,
          notAfter: Date.now() + 2 * hour,
        }),
    ],
    [
      "that signs itself",
      () => issue(stage.control.userCa, { name: "alice", usage: "clientAuth", isSelfSigned: true }),
    ],
    ["for servers", () => issue(stage.control.userCa, { name: "alice", usage: "serverAuth" })],
  ];

  test.each(bad)("a certificate %s is refused, saying why", async (_, make) => {
    const client = await enter(way, await make());
    const error = await client.error();
    expect(error?.code).toBe("28000");
    expect(error?.hint).toBeTruthy();
    expect(await client.next()).toBeUndefined();
  });
});

test("the owner of an expired certificate is known: the control plane is asked, so that it is in the audit log", async () => {
  const certificate = await issue(stage.control.userCa, {
    name: "alice",
    usage: "clientAuth",
    notAfter: Date.now() - 1_000,
  });
  const before = stage.control.requests.length;
  // Even where the control plane's clock would let it pass, the proxy doesn't.
  const client = await enter("negotiated", certificate);
  expect(await client.refusal()).toBe("28000");
  expect(stage.control.requests).toHaveLength(before + 1);
  expect((await endedRecords(stage)).map(({ type }) => type)).toEqual(["end"]);
});

test.each([true, false])("TLS sessions are not resumed, with a certificate: %s", async (isShown) => {
  const certificate = await issue(stage.control.userCa, { name: "alice", usage: "clientAuth" });
  const first = await openTls(stage.proxy.port, "negotiated", {
    ca: stage.control.hostCa.certificate,
    cert: certificate.certificate,
    key: certificate.key,
  });
  const tickets: Buffer[] = [];
  first.on("session", (ticket: Buffer) => tickets.push(ticket));
  const client = new WireClient(first);
  client.startUp({ user: "alice", database: "postgres" });
  await client.until("ReadyForQuery");
  const session = tickets[0] ?? first.getSession();
  client.stream.destroy();
  const second = await enter("negotiated", isShown ? certificate : undefined, session ? { session } : {});
  expect((second.stream as TLSSocket).isSessionReused()).toBe(false); // openTls has made it
  expect((await second.next())?.type).toBe(isShown ? "AuthenticationOk" : "AuthenticationCleartextPassword");
  second.stream.destroy();
});

test("direct TLS takes the protocol's own ALPN name alone", async () => {
  for (const protocols of [[], ["http/1.1"], ["h2", "http/1.1"]]) {
    const socket = await openTcp(stage.proxy.port);
    const tls = connectTls({
      socket,
      ...tlsOptions(stage),
      servername: "localhost",
      ALPNProtocols: protocols,
    });
    tls.on("error", () => undefined);
    tls.once("secureConnect", () => tls.write("GET / HTTP/1.1\r\n\r\n"));
    expect((await readToEnd(tls)).length).toBe(0);
  }
});

test("a client without a certificate is asked for a database token, which the control plane judges", async () => {
  const client = await enter("negotiated", undefined);
  expect((await client.next())?.type).toBe("AuthenticationCleartextPassword");
  client.stream.write(passwordMessage(databaseToken));
  await client.until("ReadyForQuery");
  expect(stage.control.requests.at(-1)?.credential).toEqual({ type: "token", token: databaseToken });
  client.send(say.terminate);
});

test("psql connects with a database token as its password", async () => {
  const result = await psql(stage, ["-c", "select current_user"], {
    env: { PGSSLCERT: "/nonexistent", PGSSLKEY: "/nonexistent", PGPASSWORD: databaseToken },
  });
  expect(result).toEqual({ code: 0, stdout: "alice\n", stderr: "" });
});

test("a password that can't be a token is refused unasked", async () => {
  const before = stage.control.requests.length;
  const client = await enter("negotiated", undefined);
  client.stream.write(passwordMessage("hunter2"));
  expect(await client.refusal()).toBe("28000");
  expect(stage.control.requests).toHaveLength(before);
});

test("what the control plane refuses is refused in its words", async () => {
  const decide = stage.control.decide;
  stage.control.decide = () => ({
    decision: "deny",
    decision_id: "de_1",
    sqlstate: "28000",
    message: 'access to database "postgres" as "root" denied (decision de_1)',
    hint: "`postern db ls` shows what is allowed",
  });
  try {
    const result = await psql(stage, ["-c", "select 1"]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('FATAL:  access to database "postgres" as "root" denied (decision de_1)');
    expect(result.stderr).toContain("HINT:  `postern db ls`");
  } finally {
    stage.control.decide = decide;
  }
});

test("without the control plane nothing opens, and the reason is said; what runs goes on", async () => {
  stage.control.isGone = true;
  try {
    expect(await (await enter("negotiated", stage.client)).refusal()).toBe("57P03");
  } finally {
    stage.control.isGone = false;
  }
});

test("the one idempotency key is kept when the control plane has to be asked twice", async () => {
  const decide = stage.control.decide;
  const { Fault } = await import("@postern/core/fault");
  let tries = 0;
  stage.control.decide = (request, sid) => {
    tries += 1;
    if (tries === 1) throw new Fault("service.unavailable", "lost");
    return decide(request, sid);
  };
  try {
    const client = await enter("negotiated", stage.client);
    await client.until("ReadyForQuery");
    const [first, second] = stage.control.requests.slice(-2);
    expect(first?.idempotency_key).toBe(second?.idempotency_key);
    client.send(say.terminate);
  } finally {
    stage.control.decide = decide;
  }
});

test("sessions over the limit are refused with it", async () => {
  const small = await stageFor(database, { sessions: 1 });
  try {
    const first = await openSession(small);
    const second = new WireClient(await openTls(small.proxy.port, "negotiated", tlsOptions(small)));
    second.startUp({ user: "alice" });
    expect(await second.refusal()).toBe("53300");
    first.send(say.terminate);
    await until("the first has gone", () => small.proxy.sessions.size === 0);
    (await openSession(small)).send(say.terminate);
  } finally {
    await small.stop();
  }
});

test("connections that don't show who they are are limited by address", async () => {
  const small = await stageFor(database, { unknownPerAddress: 2 });
  try {
    const held = [await openTcp(small.proxy.port), await openTcp(small.proxy.port)];
    const third = await openTcp(small.proxy.port);
    expect((await readToEnd(third)).length).toBe(0);
    for (const socket of held) socket.destroy();
    await until("there is room again", async () => {
      const client = await openSession(small).catch(() => undefined);
      client?.send(say.terminate);
      return client !== undefined;
    });
  } finally {
    await small.stop();
  }
});

test.each(["replication", "REPLICATION"])(
  "start-up with %s is refused: its commands would go unseen",
  async (name) => {
    const client = new WireClient(await openTls(stage.proxy.port, "negotiated", tlsOptions(stage)));
    client.startUp({ user: "alice", [name]: "database" });
    expect(await client.refusal()).toBe("0A000");
  },
);

test("settings, options and application name go on to the server; names with blanks don't mix with them", async () => {
  const client = await openSession(stage, {
    application_name: "it's",
    options: "-c statement_timeout=4321",
    DateStyle: "German",
  });
  client.send(
    say.query(
      "select current_setting('application_name') || current_setting('statement_timeout') || current_setting('datestyle')",
    ),
  );
  const row = (await client.until("ReadyForQuery")).find((message) => message.type === "DataRow");
  expect(row?.type === "DataRow" && Buffer.from(row.values[0] ?? []).toString()).toBe(
    "it's4321msGerman, DMY",
  );
  client.send(say.terminate);
});

test("protocol 3.2 gets a long cancel key, 3.0 a short one, and neither the server's", async () => {
  const sizes: number[] = [];
  for (const minor of [0, 2]) {
    const client = new WireClient(await openTls(stage.proxy.port, "negotiated", tlsOptions(stage)));
    client.startUp({ user: "alice", database: "postgres" }, minor);
    const key = (await client.until("ReadyForQuery")).find((message) => message.type === "BackendKeyData");
    if (key?.type === "BackendKeyData") sizes.push(key.secretKey.length);
    client.send(say.terminate);
  }
  expect(sizes).toEqual([4, 32]);
});

describe("start-ups that are none", () => {
  const startupPacket = encodeFrontend({
    type: "StartupMessage",
    version: { major: 3, minor: 0 },
    parameters: new Map([["user", "alice"]]),
  });
  const sslRequest = Buffer.from(encodeFrontend({ type: "SSLRequest" }));

  async function answerTo(...chunks: readonly Uint8Array[]): Promise<Buffer> {
    const socket = await openTcp(stage.proxy.port);
    const answer = readToEnd(socket);
    for (const chunk of chunks) socket.write(chunk);
    return answer;
  }

  test("plaintext is refused before anything secret could be sent", async () => {
    const answer = (await answerTo(startupPacket)).toString();
    expect(answer).toMatch(/^E.*C28000\0/s);
    expect(answer).toContain("postern db connect");
  });

  test("bytes behind SSLRequest are a closed connection, wherever they are cut", async () => {
    for (const surplus of [Buffer.from(startupPacket), Buffer.from([0x16, 3, 1, 0, 5])]) {
      expect((await answerTo(Buffer.concat([sslRequest, surplus]))).toString()).not.toMatch(/^S/);
    }
  });

  test("garbage, lengths that lie and versions that don't exist are closed or told", async () => {
    expect((await answerTo(Buffer.from("GET / HTTP/1.1\r\n\r\n"))).length).toBe(0);
    expect((await answerTo(Buffer.from([0, 0, 0, 0]))).length).toBe(0);
    expect((await answerTo(Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 3, 0, 0]))).length).toBe(0);
    expect((await answerTo(Buffer.from([0, 0, 0x40, 0, 0, 3, 0, 0]))).length).toBe(0);
    expect((await answerTo(Buffer.from([0, 0, 0, 8, 0, 2, 0, 0]))).toString()).toMatch(/C0A000\0/);
    expect((await answerTo(Buffer.from([0, 0, 0, 9, 0, 3, 0, 0, 65]))).toString()).toMatch(/C08P01\0/);
  });

  test("GSSENCRequest is declined, once, and the connection goes on", async () => {
    const gss = Buffer.from(encodeFrontend({ type: "GSSENCRequest" }));
    const socket = await openTcp(stage.proxy.port);
    const answers: string[] = [];
    socket.on("data", (chunk: Buffer) => answers.push(chunk.toString("latin1")));
    socket.write(gss);
    await until("it is declined", () => answers.join("") === "N");
    socket.write(sslRequest);
    await until("TLS is offered", () => answers.join("") === "NS");
    socket.destroy();
    // Asked twice, it is over; so it is when nothing follows in time.
    expect((await answerTo(gss, gss)).toString()).toMatch(/^N?E/);
  });

  test("a client that says nothing, half a packet, half a handshake or no password is cut off in time", async () => {
    const silent = await openTcp(stage.proxy.port);
    const half = await openTcp(stage.proxy.port);
    half.write(sslRequest.subarray(0, 5));
    const clientHello = await openTcp(stage.proxy.port);
    clientHello.write(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc]));
    const secure = await openTls(stage.proxy.port, "negotiated", { ca: stage.control.hostCa.certificate });
    const passwordless = await enter("negotiated", undefined);
    const began = Date.now();
    await Promise.all(
      [silent, half, clientHello, secure, passwordless.stream].map((stream) => readToEnd(stream)),
    );
    expect(Date.now() - began).toBeLessThan(handshakeMs + 3_000);
  });

  test("ten thousand bytes of password are no password", async () => {
    const client = await enter("negotiated", undefined);
    client.stream.write(passwordMessage("x".repeat(20_000)));
    expect(await client.refusal()).toBeTruthy();
  });
});

function passwordMessage(password: string): Uint8Array {
  const body = Buffer.from(`${password}\0`);
  const header = Buffer.alloc(5);
  header.write("p");
  header.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

test("a session that the control plane gives to another database user or name is that one, and no other", async () => {
  const decide = stage.control.decide;
  stage.control.decide = (_, sid) =>
    allow(sid, { db_user: "alice", db_name: "template1" }, { port: database.aurora.port, caPem: stageCa() });
  try {
    const client = await openSession(stage);
    client.send(say.query("select current_database()"));
    const row = (await client.until("ReadyForQuery")).find((message) => message.type === "DataRow");
    expect(row?.type === "DataRow" && Buffer.from(row.values[0] ?? []).toString()).toBe("template1");
    client.send(say.terminate);
  } finally {
    stage.control.decide = decide;
  }
});

function stageCa(): string {
  return readFileSync(database.aurora.caFile, "utf8");
}
