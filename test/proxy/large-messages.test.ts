/** Texts and values of many megabytes: they pass in bounded memory, run once all of them is recorded, and never in part. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { AuditRecord, StatementBegin } from "@postern/core/audit/record";
import { recordLimits } from "@postern/core/audit/record";
import { parseSegment } from "@postern/proxy/spool/segment";
import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectAdmin } from "./support/admin.ts";
import { statementEvents } from "./support/events.ts";
import {
  type Field,
  largeBind,
  largeCall,
  largeMessage,
  largeParse,
  largeQuery,
  proofOf,
  withoutEnd,
} from "./support/large-message.ts";
import { startProxyChild } from "./support/proxy-child.ts";
import {
  type Database,
  endedRecords,
  openSession,
  type Stage,
  stageFor,
  startDatabase,
} from "./support/stage.ts";
import { until } from "./support/until.ts";
import { say, type WireClient } from "./support/wire-client.ts";

const MB = 1024 * 1024;

let database: Database;
let stage: Stage;
let admin: pg.Client;

beforeAll(async () => {
  database = await startDatabase();
  stage = await stageFor(database);
  admin = await connectAdmin(database);
  // Its log would hold each of these values, which is not what is asked here.
  await admin.query("alter role alice set log_statement = none");
  await admin.query("alter role alice set log_min_error_statement = panic");
});

afterAll(async () => {
  await admin?.end();
  await stage?.stop();
  await database?.stop();
});

const begins = (records: readonly AuditRecord[]): StatementBegin[] =>
  records.filter((record) => record.type === "begin");

/** The first columns of the rows of so many replies, as text. */
async function rows(client: WireClient, ready = 1): Promise<string[]> {
  const found: string[] = [];
  for (let left = ready; left > 0; left -= 1) {
    const replies = await client.until("ReadyForQuery");
    if (replies.at(-1)?.type !== "ReadyForQuery") throw new Error("the session ended");
    for (const reply of replies)
      if (reply.type === "DataRow") found.push(Buffer.from(reply.values[0] ?? []).toString());
  }
  return found;
}

test("a value of 100 MB passes through a proxy that never has it in memory, behind a statement that takes its time", async () => {
  const child = await startProxyChild(database);
  const client = await child.openSession();
  const value: Field = { fill: "ä", bytes: 100 * MB };
  const sql = "select length($1::text)";
  const before = await child.memory();
  client.send(say.parse("", "select pg_sleep(0.5)"), say.bind("", ""), say.execute(""), say.parse("", sql));
  await client.pour(largeBind("", "", [value]));
  client.send(say.execute(""), say.sync);
  expect((await rows(client)).at(-1)).toBe(String(50 * MB));
  const after = await child.memory();
  expect(after - before).toBeLessThan(48 * MB);

  const folder = join(child.folder, "spool");
  const spooled = readdirSync(folder)
    .toSorted()
    .flatMap((name) => parseSegment(readFileSync(join(folder, name), "utf8")).records);
  const begin = begins(spooled).find(({ text }) => text === sql);
  expect(begin?.parameters).toMatchObject([{ format: "text", cut: proofOf(value) }]);
  expect(begin?.parameters?.[0]?.value).toBe("ä".repeat(recordLimits.parameterBytes / 2));
  child.process.kill("SIGKILL");
  rmSync(child.folder, { recursive: true });
}, 120_000);

test("several large values in one Bind, in either format and among small ones, are each told of", async () => {
  const client = await openSession(stage);
  const text: Field = { fill: "x", bytes: 3 * MB };
  const binary: Field = { fill: "\0", bytes: 2 * MB };
  const sql =
    "select length($1::text) || ' ' || coalesce($2::text, 'null') || ' ' || length($3::bytea) || $4::text";
  client.send(say.parse("s", sql));
  await client.pour(largeBind("p", "s", [text, null, binary, Buffer.from("!")], [0, 0, 1, 0]));
  client.send(say.execute("p"), say.sync);
  expect(await rows(client)).toEqual([`${3 * MB} null ${2 * MB}!`]);
  client.send(say.terminate);
  const [begin] = begins(await endedRecords(stage));
  expect(begin?.parameters).toEqual([
    { format: "text", value: "x".repeat(65_536), cut: proofOf(text) },
    { format: "text", value: null },
    { format: "binary", value: Buffer.alloc(65_536).toString("base64"), cut: proofOf(binary) },
    { format: "text", value: "!" },
  ]);
});

test("a statement of many megabytes runs, by either protocol, and is told of by its beginning and its hash", async () => {
  const client = await openSession(stage);
  const head = Buffer.from("select 1 /* ");
  const filler: Field = { fill: "é", bytes: 5 * MB };
  const tail = Buffer.from(" */; select 2");
  await client.pour(largeQuery(head, filler, tail));
  expect(await rows(client)).toEqual(["1", "2"]);
  const prepared = Buffer.from(" */ + 1");
  await client.pour(largeParse("", head, filler, prepared));
  client.send(say.bind("", ""), say.execute(""), say.sync);
  expect(await rows(client)).toEqual(["2"]);
  client.send(say.terminate);
  const records = await endedRecords(stage);
  const [simple, extended] = begins(records);
  expect(simple?.text).toBe(`select 1 /* ${"é".repeat(524_282)}`);
  expect(simple?.text_cut).toEqual(proofOf(head, filler, tail));
  expect(extended?.text_cut).toEqual(proofOf(head, filler, prepared));
  // Too long to be split: each event has the whole text.
  expect(
    statementEvents(records).map(({ index, rows, text }) => [index, rows, text === simple?.text]),
  ).toEqual([
    [0, 1, true],
    [1, 1, true],
    [0, 1, true],
  ]);
});

test("SQL of a million bytes is recorded whole", async () => {
  const client = await openSession(stage);
  const sql = `select length('${"x".repeat(1_000_000 - 17)}')`;
  expect(sql.length).toBe(1_000_000);
  client.send(say.query(sql));
  expect(await rows(client)).toEqual([String(1_000_000 - 17)]);
  client.send(say.terminate);
  expect(statementEvents(await endedRecords(stage))).toMatchObject([{ text: sql, success: true }]);
});

const loCreat = 957;
const loOpen = 952;
const loWrite = 955;
const int4 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

async function call(client: WireClient, oid: number, values: readonly Field[]): Promise<Buffer> {
  await client.pour(largeCall(oid, values, [1]));
  const reply = (await client.until("ReadyForQuery")).find(({ type }) => type === "FunctionCallResponse");
  return Buffer.from(reply?.type === "FunctionCallResponse" ? (reply.value ?? []) : []);
}

test("a large object is written in pieces of megabytes by function calls", async () => {
  const client = await openSession(stage);
  client.send(say.query("begin"));
  await rows(client);
  const oid = await call(client, loCreat, [int4(-1)]);
  const fd = await call(client, loOpen, [oid, int4(0x60000)]);
  const data: Field = { fill: "d", bytes: 4 * MB };
  await call(client, loWrite, [fd, data]);
  client.send(say.query(`select length(lo_get(${oid.readUInt32BE()}))`));
  expect(await rows(client)).toEqual([String(4 * MB)]);
  client.send(say.query("rollback"), say.terminate);
  const records = begins(await endedRecords(stage)).filter(({ protocol }) => protocol === "function");
  expect(records.at(-1)).toMatchObject({ function_oid: loWrite, parameters: [{}, { cut: proofOf(data) }] });
});

test("a large function call that isn't allowed is answered in its place, and nothing of it leaves", async () => {
  const client = await openSession(stage);
  const text: Field = { fill: "x", bytes: 2 * MB };
  client.send(say.query("select 1"));
  await client.pour(largeCall(2096, [text], []));
  client.send(say.query("select 2"));
  expect(await rows(client)).toEqual(["1"]);
  const refused = await client.until("ReadyForQuery");
  expect(refused.map(({ type }) => type)).toEqual(["ErrorResponse", "ReadyForQuery"]);
  expect(await rows(client)).toEqual(["2"]);
  client.send(say.terminate);
  const records = await endedRecords(stage);
  expect(begins(records)[1]).toMatchObject({ function_oid: 2096, parameters: [{ cut: proofOf(text) }] });
  expect(statementEvents(records)).toMatchObject([
    { text: "select 1" },
    { sqlstate: "42501" },
    { text: "select 2" },
  ]);
});

test("a large Bind means the statement that the server knows by the name, not the one that it refused", async () => {
  const client = await openSession(stage);
  const value: Field = { fill: "v", bytes: MB };
  client.send(
    say.parse("s", "select 'real', $1::text"),
    say.sync,
    say.parse("s", "select 'decoy', $1::text"),
    say.sync,
  );
  await client.pour(largeBind("", "s", [value]));
  client.send(say.execute(""), say.sync);
  expect(await rows(client, 3)).toEqual(["real"]);
  client.send(say.terminate);
  const events = statementEvents(await endedRecords(stage));
  expect(events.map(({ text, success }) => [text, success])).toEqual([
    ["select 'decoy', $1::text", false],
    ["select 'real', $1::text", true],
  ]);
});

test("a large message behind a COPY waits for its answer; amid its data it ends the session", async () => {
  const client = await openSession(stage);
  const comment: Field = { fill: "c", bytes: MB };
  const large = () => largeQuery(Buffer.from("select 'large' /*"), comment, Buffer.from("*/"));
  client.send(say.query("create temp table t(i int)"));
  await rows(client);
  client.send(say.parse("", "copy t to stdout"), say.bind("", ""), say.execute(""), say.sync);
  await client.pour(large());
  expect(await rows(client, 2)).toEqual(["large"]);
  client.send(say.query("copy t from stdin"));
  await client.until("CopyInResponse");
  await client.pour(large());
  expect(await client.refusal()).toBe("08P01");
  const events = statementEvents(await endedRecords(stage));
  expect(events.map(({ text }) => text.slice(0, 14))).toEqual([
    "create temp ta",
    "copy t to stdo",
    "select 'large'",
    "copy t from st",
  ]);
});

test("what the server skips after an error is skipped, however large", async () => {
  const client = await openSession(stage);
  const value: Field = { fill: "v", bytes: MB };
  client.send(say.parse("", "select 1/0 + length($1::text)"), say.bind("", "", ["x"]), say.execute(""));
  client.send(say.parse("", "select $1::text"));
  await client.pour(largeBind("", "", [value]));
  client.send(say.execute(""), say.sync, say.query("select 'goes on'"));
  expect(await rows(client, 2)).toEqual(["goes on"]);
  client.send(say.terminate);
  expect(statementEvents(await endedRecords(stage))).toMatchObject([
    { sqlstate: "22012" },
    { text: "select 'goes on'" },
  ]);
});

/** A session that has sent all of a statement but so many bytes. */
async function sendInPart(missing: number): Promise<{ client: WireClient; pid: string }> {
  await admin.query("drop table if exists ran");
  await admin.query("create table ran(i int)");
  await admin.query("grant insert on ran to alice");
  const client = await openSession(stage);
  client.send(say.query("select pg_backend_pid()"));
  const [pid = ""] = await rows(client);
  const sql = [Buffer.from("insert into ran values (1) --"), { fill: "x", bytes: 2 * MB }];
  await client.pour(withoutEnd(largeQuery(...sql), missing));
  return { client, pid };
}

/** The server has let go of the session, and of a statement that it had only in part it did and said nothing. */
async function expectNothingRan(pid: string): Promise<void> {
  const backend = "select 1 from pg_stat_activity where pid = $1";
  await until("the backend is gone", async () => (await admin.query(backend, [pid])).rows.length === 0);
  expect((await admin.query("select i from ran")).rows).toEqual([]);
  const log = readFileSync(database.aurora.postgres.statementLog ?? "", "utf8");
  expect(log).not.toContain("invalid message format");
}

// 5 is the length of the Terminate that ends a session otherwise.
test.each([1, 5, MB])(
  "a client that goes %d bytes before the end of its statement has run nothing",
  async (missing) => {
    const { client, pid } = await sendInPart(missing);
    client.stream.destroy();
    const records = await endedRecords(stage);
    expect(records.at(-1)).toMatchObject({ reason: "client_lost", statements: 1 });
    expect(statementEvents(records)).toMatchObject([{ text: "select pg_backend_pid()" }]);
    await expectNothingRan(pid);
  },
);

test("who is locked amid a statement is told, and has run nothing", async () => {
  const { client, pid } = await sendInPart(5);
  stage.control.changes.push({ type: "user_ended", user: "alice", account: null, reason: "locked" });
  expect(await client.refusal()).toBe("57P01");
  expect((await endedRecords(stage)).at(-1)).toMatchObject({ reason: "access_ended", statements: 1 });
  await expectNothingRan(pid);
});

test("a server that ends amid a client's statement ends the session, and has run nothing", async () => {
  const { client, pid } = await sendInPart(MB);
  await admin.query("select pg_terminate_backend($1)", [pid]);
  // What it says is lost with the connection where it hadn't read all that was sent: that resets it.
  expect(["57P01", "08006"]).toContain(await client.refusal());
  expect((await endedRecords(stage)).at(-1)).toMatchObject({ type: "end", statements: 1 });
  await expectNothingRan(pid);
});

test.each([
  [
    "a value that runs past its message",
    [Buffer.from("\0\0\0\0\0\u0001"), int4(0x3fffffff), Buffer.alloc(MB)],
    "08P01",
  ],
  [
    "more values than the message holds",
    [Buffer.from("\0\0\0\0"), Buffer.from([255, 255]), Buffer.alloc(MB)].slice(0, 2),
    "08P01",
  ],
  ["a negative length", [Buffer.from("\0\0\0\0\0\u0001"), int4(-2), Buffer.alloc(MB)], "08P01"],
  ["bytes behind its end", [Buffer.from("\0\0\0\0\0\0\0\0"), Buffer.alloc(MB)], "08P01"],
  ["a name without an end", [Buffer.alloc(MB, "x")], "54000"],
])("a large Bind with %s ends its session, and no other", async (_, fields, sqlstate) => {
  const other = await openSession(stage);
  const client = await openSession(stage);
  // 65 KB more, so that it is read in parts whatever it says.
  await client.pour(largeMessage("B", [...fields, Buffer.alloc(65 * 1024)]));
  expect(await client.refusal()).toBe(sqlstate);
  other.send(say.query("select 'well'"), say.terminate);
  expect(await rows(other)).toEqual(["well"]);
});

test("a message that PostgreSQL would not take is refused by its header", async () => {
  const client = await openSession(stage);
  client.stream.write(Buffer.concat([Buffer.from("Q"), int4(0x3fff_ffff)]));
  expect(await client.refusal()).toBe("54000");
});

test("a Bind of 65535 values in a message of megabytes is recorded and runs", async () => {
  const client = await openSession(stage);
  const values = Array.from({ length: 65_535 }, (_, index) =>
    index % 2 === 0 ? null : Buffer.from(`value ${index}`),
  );
  const list = values.map((__, index) => `$${index + 1}::text`).join(",");
  client.send(say.parse("", `select cardinality(array_remove(array[${list}], null))`));
  await client.pour(largeBind("", "", values));
  client.send(say.execute(""), say.sync, say.terminate);
  expect(await rows(client)).toEqual(["32767"]);
  const [begin] = begins(await endedRecords(stage));
  expect(begin?.parameters?.at(1)?.value).toBe("value 1");
  expect(begin?.parameters?.at(-1)?.cut?.bytes).toBeGreaterThan(100_000);
}, 60_000);
