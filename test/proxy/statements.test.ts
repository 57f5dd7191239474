/** What is recorded of statements, whichever protocol carried them, with psql, node-postgres and raw messages. */
import { readFileSync } from "node:fs";
import { encodeFrontend } from "@postern/wire/messages/frontend";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { statementEvents } from "./support/events.ts";
import { psql } from "./support/psql.ts";
import {
  type Database,
  endedRecords,
  openSession,
  type Stage,
  stageFor,
  startDatabase,
} from "./support/stage.ts";
import { say, type WireClient } from "./support/wire-client.ts";

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

const events = async () => statementEvents(await endedRecords(stage));
const texts = async () => (await events()).map(({ text }) => text);

async function withPg(work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({
    host: "localhost",
    port: stage.proxy.port,
    user: "alice",
    database: "postgres",
    ssl: {
      ca: readFileSync(stage.files.ca, "utf8"),
      cert: readFileSync(stage.files.cert, "utf8"),
      key: readFileSync(stage.files.key, "utf8"),
    },
  });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function withWire(work: (client: WireClient) => Promise<void>): Promise<void> {
  const client = await openSession(stage);
  await work(client);
  client.send(say.terminate);
}

test("several statements in one message give an event each, with its own text", async () => {
  await psql(stage, ["-c", "select 1; select 'a;b' as x; create temp table t(i int)"]);
  expect(await events()).toMatchObject([
    { text: "select 1", success: true, rows: 1, index: 0 },
    { text: "select 'a;b' as x", success: true, rows: 1, index: 1 },
    { text: "create temp table t(i int)", success: true, index: 2 },
  ]);
});

test("statements behind the one that failed give none", async () => {
  await psql(stage, ["-c", "select 1; select 1/0; select 3"]);
  expect(await events()).toMatchObject([
    { text: "select 1", success: true },
    { text: "select 1/0", success: false, sqlstate: "22012" },
  ]);
});

test("a text that is no SQL gives one failed event", async () => {
  await psql(stage, ["-c", "selec 1; select 2"]);
  expect(await events()).toMatchObject([{ text: "selec 1; select 2", success: false, sqlstate: "42601" }]);
});

test("strings that end otherwise than our parser takes for granted leave the text whole", async () => {
  const sql = "select '\\'; select 2 --'";
  await psql(stage, ["-c", "set standard_conforming_strings = off", "-c", sql]);
  expect((await events()).at(-1)).toMatchObject({ text: sql });
});

test("prepared statements of node-postgres give an event per execution, with the values bound", async () => {
  await withPg(async (client) => {
    await client.query("select $1::int + $2::int as sum", [1, 2]);
    await client.query({ name: "named", text: "select $1::text", values: ["first"] });
    await client.query({ name: "named", text: "select $1::text", values: [null] });
    await expect(client.query("select $1::int / 0", [1])).rejects.toMatchObject({ code: "22012" });
    await expect(client.query("select no_such_column", [])).rejects.toMatchObject({ code: "42703" });
  });
  expect(await events()).toMatchObject([
    { text: "select $1::int + $2::int as sum", values: ["1", "2"], success: true, rows: 1 },
    { text: "select $1::text", values: ["first"], success: true },
    { text: "select $1::text", values: [null], success: true },
    { text: "select $1::int / 0", values: ["1"], success: false, sqlstate: "22012" },
    { text: "select no_such_column", success: false, sqlstate: "42703" },
  ]);
});

test("COPY counts its rows, in and out, and tells of its failure", async () => {
  await psql(
    stage,
    ["-c", "create temp table t(i int)", "-c", "copy t from stdin", "-c", "copy t to stdout"],
    {
      stdin: "1\n2\n3\n\\.\n",
    },
  );
  expect(await events()).toMatchObject([
    { text: "create temp table t(i int)" },
    { text: "copy t from stdin", success: true, rows: 3 },
    { text: "copy t to stdout", success: true, rows: 3 },
  ]);
  await psql(stage, ["-c", "create temp table t(i int)", "-c", "copy t from stdin", "-c", "select 1"], {
    stdin: "x\n\\.\n",
  });
  expect(await events()).toMatchObject([
    { success: true },
    { text: "copy t from stdin", success: false, sqlstate: "22P02" },
    { text: "select 1", success: true },
  ]);
});

test("COPY by the extended protocol passes over the Sync that comes before its data", async () => {
  await withWire(async (client) => {
    client.send(say.query("create temp table t(i int)"));
    await client.until("ReadyForQuery");
    client.send(say.parse("", "copy t from stdin"), say.bind("", ""), say.execute(""), say.sync);
    await client.until("CopyInResponse");
    client.send({ type: "CopyData", data: Buffer.from("7\n") }, { type: "CopyDone" }, say.sync);
    await client.until("ReadyForQuery");
    client.send(say.query("select 2"));
    await client.until("ReadyForQuery");
  });
  expect(await events()).toMatchObject([
    { success: true },
    { text: "copy t from stdin", success: true, rows: 1 },
    { text: "select 2", success: true },
  ]);
});

test("what a pipeline skips after an error gives no event, and what follows its Sync does", async () => {
  const unnamed = (sql: string) => [say.parse("", sql), say.bind("", ""), say.execute("")];
  await withWire(async (client) => {
    client.send(...unnamed("select 1"), ...unnamed("select 1/0"), ...unnamed("select 3"), say.sync);
    client.send(...unnamed("select 4"), say.sync);
    await client.until("ReadyForQuery");
    await client.until("ReadyForQuery");
  });
  const found = await events();
  expect(found).toMatchObject([
    { text: "select 1", success: true },
    { text: "select 1/0", success: false, sqlstate: "22012" },
    { text: "select 4", success: true },
  ]);
});

test("an error at Parse, with its Execute already sent, is that statement's failure, once", async () => {
  await withWire(async (client) => {
    client.send(say.parse("", "selec 1"), say.bind("", ""), say.execute(""), say.sync);
    await client.until("ReadyForQuery");
    client.send(say.parse("p", "selec 2"), say.sync);
    await client.until("ReadyForQuery");
  });
  expect(await events()).toMatchObject([
    { text: "selec 1", success: false, sqlstate: "42601" },
    { text: "selec 2", success: false, sqlstate: "42601" },
  ]);
});

test("an Execute that goes on after PortalSuspended adds to its event; a new run is a new event", async () => {
  await withWire(async (client) => {
    client.send(say.query("begin"));
    await client.until("ReadyForQuery");
    client.send(
      say.parse("", "select generate_series(1, 5)"),
      say.bind("c", ""),
      say.execute("c", 2),
      say.sync,
    );
    await client.until("ReadyForQuery");
    client.send(say.execute("c", 2), say.sync);
    await client.until("ReadyForQuery");
    client.send(say.execute("c"), say.sync);
    await client.until("ReadyForQuery");
    // Two at once: whether the second goes on is only known when the first is answered.
    client.send(say.bind("d", ""), say.execute("d", 1), say.execute("d", 1), say.sync);
    await client.until("ReadyForQuery");
    client.send(say.close("portal", "d"), say.sync);
    await client.until("ReadyForQuery");
    client.send(say.query("commit"));
    await client.until("ReadyForQuery");
  });
  expect((await events()).map(({ text, rows }) => [text, rows])).toEqual([
    ["begin", undefined],
    ["select generate_series(1, 5)", 5],
    ["select generate_series(1, 5)", 2],
    ["commit", undefined],
  ]);
});

test("a portal keeps its statement when the unnamed one is parsed anew, and nobody can have another text recorded", async () => {
  await withWire(async (client) => {
    client.send(
      say.parse("", "select 'bound'"),
      say.bind("", ""),
      say.parse("", "select 'decoy'"),
      say.execute(""),
      say.sync,
    );
    await client.until("ReadyForQuery");
    client.send(say.parse("s", "select 'real'"), say.sync);
    await client.until("ReadyForQuery");
    // The second Parse fails, as the name is taken: across the Sync, the name still means the first.
    client.send(say.parse("s", "select 'decoy'"), say.sync, say.bind("", "s"), say.execute(""), say.sync);
    await client.until("ReadyForQuery");
    await client.until("ReadyForQuery");
  });
  expect((await events()).map(({ text, success }) => [text, success])).toEqual([
    ["select 'bound'", true],
    ["select 'decoy'", false],
    ["select 'real'", true],
  ]);
});

test("a prepared statement that SQL replaced isn't recorded under its old text", async () => {
  await withWire(async (client) => {
    client.send(say.parse("s", "select 'old'"), say.sync);
    await client.until("ReadyForQuery");
    client.send(say.query("deallocate s; prepare s as select 'new'"));
    await client.until("ReadyForQuery");
    client.send(say.bind("", "s"), say.execute(""), say.sync);
    await client.until("ReadyForQuery");
  });
  expect((await texts()).at(-1)).toBe(`EXECUTE "s" -- or: select 'old'`);
});

test("a function call by OID is refused in its place, recorded, and the session goes on", async () => {
  const call = (functionOid: number) =>
    ({ type: "FunctionCall", functionOid, argumentFormats: [], arguments: [], resultFormat: 0 }) as const;
  await withWire(async (client) => {
    client.send(say.query("select 1"), call(2096), say.query("select 2"));
    const types = (await client.until("ReadyForQuery")).map((message) => message.type);
    expect(types).toContain("DataRow");
    const refused = await client.until("ReadyForQuery");
    expect(refused.map((message) => message.type)).toEqual(["ErrorResponse", "ReadyForQuery"]);
    expect((await client.until("ReadyForQuery")).some((message) => message.type === "DataRow")).toBe(true);
  });
  expect(await events()).toMatchObject([
    { text: "select 1" },
    { success: false, sqlstate: "42501" },
    { text: "select 2" },
  ]);
});

test("a function call refused amid an extended pipeline waits for no answer that the server would keep", async () => {
  const call = {
    type: "FunctionCall",
    functionOid: 2096,
    argumentFormats: [],
    arguments: [],
    resultFormat: 0,
  } as const;
  await withWire(async (client) => {
    client.send(say.parse("", "select 1"), say.bind("", ""), say.execute(""), call, say.sync);
    const types = (await client.until("ReadyForQuery")).map((message) => message.type);
    expect(types.slice(-3)).toEqual(["CommandComplete", "ErrorResponse", "ReadyForQuery"]);
    await client.until("ReadyForQuery");
  });
  expect(await events()).toMatchObject([{ text: "select 1" }, { success: false, sqlstate: "42501" }]);
});

test("a message that has no place in a session ends it, and is told; what came before it still counts", async () => {
  const client = await openSession(stage);
  const garbage = Buffer.from([0x7a, 0, 0, 0, 4]);
  client.stream.write(Buffer.concat([encodeFrontend(say.query("select 'before'")), garbage]));
  expect(await client.refusal()).toBe("08P01");
  const records = await endedRecords(stage);
  expect(records.at(-1)).toMatchObject({ reason: "protocol_violation", sqlstate: "08P01" });
  expect(statementEvents(records)).toMatchObject([
    { text: "select 'before'", success: true, outcome: "known" },
  ]);
});

test("a constraint that fails when Sync commits is told, after the statement that had been done", async () => {
  await withWire(async (client) => {
    client.send(say.query("create temp table d(i int unique deferrable initially deferred)"));
    await client.until("ReadyForQuery");
    const sql = "insert into d values (1), (1)";
    client.send(say.parse("", sql), say.bind("", ""), say.execute(""), say.sync);
    await client.until("ReadyForQuery");
    client.send(say.query("select 'goes on'"));
    await client.until("ReadyForQuery");
  });
  expect((await events()).slice(1)).toMatchObject([
    { text: "insert into d values (1), (1)", success: true, rows: 2 },
    { text: "COMMIT /* by Sync */", success: false, sqlstate: "23505" },
    { text: "select 'goes on'", success: true },
  ]);
});

test("what became of a statement is known though its client went without waiting for it", async () => {
  const client = await openSession(stage);
  client.send(say.query("select pg_sleep(0.2), 'unwatched'"), say.terminate);
  client.stream.end();
  const records = await endedRecords(stage);
  expect(records.at(-1)).toMatchObject({ reason: "client_closed" });
  expect(statementEvents(records)).toMatchObject([{ success: true, rows: 1, outcome: "known" }]);
});

test("every statement of a session is in PostgreSQL's own log, and none more", async () => {
  const path = database.aurora.postgres.statementLog ?? "";
  await withPg(async (client) => {
    await client.query("select 'marked start'");
    await client.query("create temp table marked(i int)");
    await client.query("insert into marked select generate_series(1, $1::int)", [3]);
    await client.query("begin; select count(*) from marked; commit");
    await client.query({ name: "n", text: "select * from marked where i > $1", values: [1] });
    await client.query({ name: "n", text: "select * from marked where i > $1", values: [2] });
    await expect(client.query("select 1/0 as marked")).rejects.toMatchObject({ code: "22012" });
    await client.query("");
  });
  const found = await events();
  const lines = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const pid = lines.findLast((line) => String(line["message"]).includes("marked start"))?.["pid"];
  const logged = lines
    .filter((line) => line["pid"] === pid && /^(statement|execute .*?): /.test(String(line["message"])))
    .map((line) => String(line["message"]).replace(/^(statement|execute .*?): /, ""));
  // PostgreSQL logs a message of several statements once, whole.
  const sent = found
    .filter(({ index }) => index === 0)
    .map(({ text }) => (text === "begin" ? "begin; select count(*) from marked; commit" : text));
  expect(sent).toEqual(logged);
  expect(found.map(({ text }) => text)).toContain("select count(*) from marked");
});
