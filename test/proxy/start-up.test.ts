/** Start-up as PostgreSQL 18 does it: versions, options of the protocol and cancel keys, compared with the server itself. */
import type { Duplex } from "node:stream";
import { errorField } from "@postern/wire/error-response";
import type { BackendMessage } from "@postern/wire/messages/backend";
import { encodeFrontend } from "@postern/wire/messages/frontend";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, type Stage, stageFor, startDatabase, tlsOptions } from "./support/stage.ts";
import { openTcp, openTls, readToEnd, say, WireClient } from "./support/wire-client.ts";

let database: Database;
let stage: Stage;

beforeAll(async () => {
  database = await startDatabase();
  stage = await stageFor(database);
});

afterAll(async () => {
  await stage?.stop();
  await database?.stop();
});

type Options = Readonly<Record<string, string>>;

/** A start-up packet of any version: what we make ourselves has only those that we know. */
function startUpPacket(major: number, minor: number, parameters: Options): Buffer {
  const text = Object.entries({ user: "alice", database: "postgres", ...parameters }).flat();
  const body = Buffer.from(`${text.map((each) => `${each}\0`).join("")}\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.writeUInt16BE(major, 4);
  head.writeUInt16BE(minor, 6);
  return Buffer.concat([head, body]);
}

/** What concerns the version, up to the first message of authentication. */
async function negotiated(stream: Duplex, packet: Buffer): Promise<unknown> {
  const client = new WireClient(stream);
  stream.write(packet);
  const first = await client.next();
  stream.destroy();
  if (first?.type === "ErrorResponse") return [errorField(first, "C"), errorField(first, "M")];
  if (first?.type !== "NegotiateProtocolVersion") return "as asked for";
  return [first.version, first.unsupportedOptions.map(({ utf8 }) => utf8)];
}

const toServer = async (): Promise<Duplex> => {
  const { port, certificate } = database.aurora.postgres;
  return openTls(port, "negotiated", { ca: certificate });
};
const toProxy = (): Promise<Duplex> => openTls(stage.proxy.port, "negotiated", tlsOptions(stage));

test.each<[number, number, Options]>([
  [3, 0, {}],
  [3, 1, {}],
  [3, 2, {}],
  [3, 3, {}],
  [3, 9999, {}],
  [3, 0, { "_pq_.command_tag": "on" }],
  [3, 2, { "_pq_.test_protocol_negotiation": "", "_pq_.another": "x" }],
  [3, 9999, { "_pq_.test_protocol_negotiation": "" }],
  [4, 0, {}],
])("version %d.%d with %j is answered as by PostgreSQL 18", async (major, minor, options) => {
  const packet = startUpPacket(major, minor, options);
  const own = await negotiated(await toServer(), packet);
  expect(await negotiated(await toProxy(), packet)).toEqual(own);
});

async function session(
  minor: number,
  options: Options = {},
): Promise<{ client: WireClient; greeting: BackendMessage[] }> {
  const client = new WireClient(await toProxy());
  client.stream.write(startUpPacket(3, minor, options));
  return { client, greeting: await client.until("ReadyForQuery") };
}

test.each([
  [0, 4],
  [1, 4],
  [2, 32],
  [9999, 32],
])("a session of version 3.%d has a cancel key of %d bytes, and runs", async (minor, bytes) => {
  const { client, greeting } = await session(minor, { "_pq_.unknown": "1" });
  const key = greeting.find(({ type }) => type === "BackendKeyData");
  expect(key?.type === "BackendKeyData" && key.secretKey.length).toBe(bytes);
  client.send(say.query("select 1"), say.terminate);
  expect((await client.until("ReadyForQuery")).map(({ type }) => type)).toContain("DataRow");
});

test("what a client is told at its start is what PostgreSQL 18 tells", async () => {
  const { client, greeting } = await session(2);
  client.send(say.terminate);
  const types = greeting.map(({ type }) => type).filter((type) => type !== "ParameterStatus");
  expect(types).toEqual(["AuthenticationOk", "BackendKeyData", "ReadyForQuery"]);
  const names = greeting.flatMap((message) =>
    message.type === "ParameterStatus" ? [message.name.utf8] : [],
  );
  // New in 18: search_path.
  expect(names).toEqual(
    expect.arrayContaining(["client_encoding", "search_path", "server_version", "in_hot_standby"]),
  );
});

test.each([0, 2])(
  "a cancel key of version 3.%d that is cut short, or longer, cancels nothing and is not answered",
  async (minor) => {
    const { client, greeting } = await session(minor);
    const key = greeting.find(({ type }) => type === "BackendKeyData");
    if (key?.type !== "BackendKeyData") throw new Error("no cancel key");
    const { processId, secretKey } = key;
    client.send(say.query("select pg_sleep(0.3)"));
    for (const wrong of [
      secretKey.subarray(0, 4),
      Buffer.concat([secretKey, Buffer.alloc(4)]),
      Buffer.alloc(256),
    ]) {
      if (wrong.length === secretKey.length) continue;
      const stream = await openTcp(stage.proxy.port);
      const answer = readToEnd(stream);
      stream.write(encodeFrontend({ type: "CancelRequest", processId, secretKey: wrong }));
      expect(await answer).toHaveLength(0);
    }
    expect((await client.until("ReadyForQuery")).map(({ type }) => type)).not.toContain("ErrorResponse");
    client.send(say.terminate);
  },
);
