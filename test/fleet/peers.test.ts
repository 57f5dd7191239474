/** Cancels that land on another host than the session's, and those who pose as hosts. */
import { connect, type TLSSocket } from "node:tls";
import { errorField } from "@postern/wire/error-response";
import { encodeFrontend } from "@postern/wire/messages/frontend";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Certificate, hour, issue, makeAuthority } from "../proxy/support/certificates.ts";
import { type Database, startDatabase } from "../proxy/support/stage.ts";
import { until } from "../proxy/support/until.ts";
import { openTcp, openTls, readToEnd, say, WireClient } from "../proxy/support/wire-client.ts";
import { createHosts, type Hosts, hostCertificate, type RunningHost } from "./support/hosts.ts";

let database: Database;
let hosts: Hosts;
let one: RunningHost;
let two: RunningHost;

beforeAll(async () => {
  database = await startDatabase();
  hosts = await createHosts(database);
  one = await hosts.start();
  two = await hosts.start();
  await until("the first host knows of the second", () => hosts.control.heard >= 2);
});

afterAll(async () => {
  await hosts?.stop();
  await database?.stop();
});

interface Key {
  readonly processId: number;
  readonly secretKey: Uint8Array;
}

interface Session {
  readonly client: WireClient;
  readonly sid: string;
  readonly key: Key;
}

async function openSession({ proxy }: RunningHost, minor = 2): Promise<Session> {
  const { certificate: cert, key } = hosts.client;
  const tls = await openTls(proxy.port, "direct", { ca: hosts.control.hostCa.certificate, cert, key });
  const client = new WireClient(tls);
  client.startUp({ user: "alice", database: "postgres" }, minor);
  const data = (await client.until("ReadyForQuery")).find((message) => message.type === "BackendKeyData");
  if (data?.type !== "BackendKeyData") throw new Error("no cancel key");
  return { client, sid: hosts.control.sids.at(-1) ?? "", key: data };
}

async function sendCancel({ proxy }: RunningHost, key: Key, isSecure: boolean): Promise<Buffer> {
  const stream = isSecure
    ? await openTls(proxy.port, "direct", { ca: hosts.control.hostCa.certificate })
    : await openTcp(proxy.port);
  const answer = readToEnd(stream);
  stream.write(encodeFrontend({ ...key, type: "CancelRequest" }));
  return await answer;
}

/** Runs until it is cancelled. */
async function sleep({ client, sid }: Session): Promise<void> {
  client.send(say.query("select pg_sleep(60)"));
  await until("the statement runs", () =>
    hosts.control.records(sid).some((record) => record.type === "begin"),
  );
}

test.each([
  [false, 0],
  [false, 2],
  [true, 0],
  [true, 2],
])("a cancel that lands on the other host arrives (TLS: %s, protocol 3.%i)", async (isSecure, minor) => {
  const session = await openSession(one, minor);
  expect(session.key.processId >>> 16).toBe(one.instance);
  await sleep(session);
  expect(await sendCancel(two, session.key, isSecure)).toHaveLength(0);
  expect((await session.client.error())?.code).toBe("57014");
  session.client.send(say.terminate);
  await until("the session's end is stored", () => hosts.control.records(session.sid).at(-1)?.type === "end");
  // The client's own address, which the other host passed on.
  expect(hosts.control.records(session.sid).find(({ type }) => type === "cancel")).toMatchObject({
    address: "127.0.0.1",
  });
});

/** As another host does it, or who poses as one. */
async function openPeer({ proxy }: RunningHost, own?: Certificate): Promise<TLSSocket> {
  const socket = connect({
    port: proxy.port,
    host: "127.0.0.1",
    servername: "localhost",
    ca: hosts.control.hostCa.certificate,
    ...(own && { cert: own.certificate, key: own.key }),
    ALPNProtocols: ["postern-peer"],
  });
  await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  return socket;
}

async function passOn(
  host: RunningHost,
  key: Key,
  own?: Certificate,
  address = "192.0.2.1",
): Promise<string> {
  const socket = await openPeer(host, own);
  const answer = readToEnd(socket);
  const secret_key = Buffer.from(key.secretKey).toString("base64url");
  socket.write(`${JSON.stringify({ process_id: key.processId, secret_key, client_addr: address })}\n`);
  return (await answer).toString();
}

test("nobody but an admitted host is heard as one", async () => {
  const { hostCa, userCa } = hosts.control;
  const session = await openSession(one);
  await sleep(session);
  const stranger = await makeAuthority("host CA");
  const now = Date.now();
  const posers: Record<string, Certificate | undefined> = {
    "no certificate": undefined,
    "a user's": hosts.client,
    "a user's that names a host": await hostCertificate(userCa, two.id, { usage: "clientAuth" }),
    "another authority's of the same name": await hostCertificate(stranger, two.id),
    "one that signs itself": await hostCertificate(hostCa, two.id, { isSelfSigned: true }),
    "one of the host CA that is no server's": await hostCertificate(hostCa, two.id, { usage: "clientAuth" }),
    "one that is over": await hostCertificate(hostCa, two.id, {
      notBefore: now - 2 * hour,
      notAfter: now - 1_000,
    }),
    "one that isn't good yet": await hostCertificate(hostCa, two.id, {
      notBefore: now + hour,
      notAfter: now + 2 * hour,
    }),
    "another cluster's": await hostCertificate(hostCa, two.id, { cluster: "other" }),
    "a host's that nobody told of": await hostCertificate(hostCa, `ho_${"0".repeat(26)}`),
    "no host's": await issue(hostCa, {
      name: "x",
      usage: "serverAuth",
      names: [{ type: "dns", value: "x" }],
    }),
  };
  for (const [who, own] of Object.entries(posers))
    expect([who, await passOn(one, session.key, own)]).toEqual([who, ""]);
  const honest = await hostCertificate(hostCa, two.id);
  expect(await passOn(one, session.key, honest)).toBe('{"found":true}\n');
  expect((await session.client.error())?.code).toBe("57014");
  session.client.send(say.terminate);
});

test("a host's certificate opens no session, though TLS itself would take it", async () => {
  const own = await hostCertificate(hosts.control.hostCa, two.id);
  const before = hosts.control.requests.length;
  const tls = await openTls(one.proxy.port, "direct", {
    ca: hosts.control.hostCa.certificate,
    cert: own.certificate,
    key: own.key,
  });
  const client = new WireClient(tls);
  client.startUp({ user: "alice", database: "postgres" });
  const refused = (await client.until("ErrorResponse")).at(-1);
  expect(refused?.type === "ErrorResponse" && errorField(refused, "C")).toBe("28000");
  expect(hosts.control.requests).toHaveLength(before);
});

test("a cancel that was passed on goes no further", async () => {
  const session = await openSession(one);
  await sleep(session);
  const third = await hostCertificate(hosts.control.hostCa, one.id);
  // To the second host, with the first one's key: it isn't its own.
  expect(await passOn(two, session.key, third, "192.0.2.2")).toBe('{"found":false}\n');
  await sendCancel(one, session.key, false);
  expect((await session.client.error())?.code).toBe("57014");
  session.client.send(say.terminate);
});

test("what is no cancel is not answered, be it endless", async () => {
  const own = await hostCertificate(hosts.control.hostCa, two.id);
  for (const text of ["\n", "{}\n", "x".repeat(100_000)]) {
    const socket = await openPeer(one, own);
    const answer = readToEnd(socket);
    socket.write(text);
    expect((await answer).toString()).toBe("");
  }
});

test("who guesses keys at one host is heard at no other", async () => {
  const session = await openSession(one, 0);
  await sleep(session);
  const guess = { processId: session.key.processId, secretKey: Buffer.from(session.key.secretKey) };
  const own = await hostCertificate(hosts.control.hostCa, two.id);
  for (let tries = 0; tries < 20; tries += 1) {
    guess.secretKey.writeUInt8((session.key.secretKey[3] ?? 0) ^ (tries + 1), 3);
    expect(await passOn(one, guess, own, "192.0.2.9")).toBe('{"found":false}\n');
  }
  expect(await passOn(one, session.key, own, "192.0.2.9")).toBe('{"found":false}\n');
  expect(await passOn(one, session.key, own, "192.0.2.10")).toBe('{"found":true}\n');
  expect((await session.client.error())?.code).toBe("57014");
  session.client.send(say.terminate);
});

test("a cancel for a host that is gone takes bounded time, and one for nobody's instance none", async () => {
  const nobody = { processId: 0x7fff * 0x10000 + 1, secretKey: new Uint8Array(4) };
  expect(await sendCancel(one, nobody, false)).toHaveLength(0);
  const third = await hosts.start();
  const session = await openSession(third);
  await until("the first host knows of the third", () => hosts.control.heard >= 3);
  session.client.stream.destroy();
  await third.stop();
  expect(await sendCancel(one, session.key, false)).toHaveLength(0);
});
