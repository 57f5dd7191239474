/**
 * The same messages to PostgreSQL and through the proxy: the client must not see a difference, and what PostgreSQL logs
 * as run must be recorded, in its order and under its text. FUZZ_RUNS asks for more conversations than the usual few.
 */
import type { AuditRecord, StatementBegin } from "@postern/core/audit/record";
import { CString } from "@postern/wire/cstring";
import { errorField } from "@postern/wire/error-response";
import type { BackendMessage } from "@postern/wire/messages/backend";
import type { FrontendMessage } from "@postern/wire/messages/frontend";
import { SQLSTATE } from "@postern/wire/sqlstate";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { statementEvents } from "./support/events.ts";
import {
  type Database,
  endedRecords,
  endpointOf,
  openSession,
  type Stage,
  signToken,
  stageFor,
  startDatabase,
} from "./support/stage.ts";
import { hasCrashed, logEnd, logLines } from "./support/statement-log.ts";
import { until } from "./support/until.ts";
import { openTls, say, WireClient } from "./support/wire-client.ts";

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

/** Past the proxy, with the token that it would have sent. Undefined while PostgreSQL starts again. */
async function openDirectly(): Promise<WireClient | undefined> {
  const { port, caPem } = endpointOf(database);
  const client = new WireClient(await openTls(port, "negotiated", { ca: caPem }));
  client.startUp({ user: "alice", database: "postgres" });
  await client.until("AuthenticationCleartextPassword");
  client.send({ type: "PasswordMessage", password: CString.from(await signToken(port, "alice")) });
  const last = (await client.until("ReadyForQuery")).at(-1);
  return last?.type === "ReadyForQuery" ? client : undefined;
}

/** Few, so that they meet; PostgreSQL takes the last two for one. */
const statements = ["", "s", `${"x".repeat(63)}a`, `${"x".repeat(63)}b`];
const portals = ["", "c"];

/** What a Query may be; COPY into a table stands by itself, as its data must follow. */
const queries = [
  "",
  "select 1",
  "select 1; select 2",
  "select 1; select 1/0; select 3",
  "selec",
  "begin",
  "commit",
  "rollback",
  "commit and chain",
  "savepoint a",
  "rollback to a",
  "insert into t values (1), (2)",
  "begin; insert into t values (3); select * from t; commit",
  "copy t to stdout",
  "prepare s as select 'sql'",
  "execute s",
  "deallocate s",
  "deallocate all",
  "declare c cursor for select generate_series(4, 6)",
  "fetch 1 from c",
  "close c",
  "set standard_conforming_strings = off",
  "select '\\'; select 7 --'",
];
const single = queries.filter((text) => !text.includes(";"));
const parsed = [
  ...single,
  "select generate_series(1, 5)",
  "select $1::text",
  "insert into t values (8) returning i",
];

const anyOf = (texts: readonly string[]) => fc.constantFrom(...texts);
const copyData = fc.array(fc.constantFrom("1\n", "2\n3\n", "no number\n", "Q\0\0\0\u0005\0"), {
  maxLength: 3,
});
const copyEnd: fc.Arbitrary<FrontendMessage> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ type: "CopyDone" } as const) },
  { weight: 1, arbitrary: fc.constant({ type: "CopyFail", reason: CString.from("enough") } as const) },
);
const unnamed = (sql: string): FrontendMessage[] => [say.parse("", sql), say.bind("", ""), say.execute("")];

const run = (portal: string, name: string): FrontendMessage[] => [
  say.bind(portal, name),
  say.execute(portal),
];

/** All about one name, which SQL as well as the protocol gives other meanings: it takes several in a row to be led astray. */
const renaming = (names: readonly string[], portal: string): fc.Arbitrary<FrontendMessage[]> => {
  const made = fc
    .tuple(anyOf(names), fc.nat(9))
    .map(([name, n]) => [say.parse(name, `select 'parsed ${n}'`)]);
  const bound = anyOf(names).map((name) => [say.bind(portal, name)]);
  const inSql = [
    "deallocate s",
    "prepare s as select 'sql'",
    "close c",
    "declare c cursor for select 'sql'",
    "begin",
  ];
  const step = fc.oneof(
    { weight: 4, arbitrary: made },
    { weight: 4, arbitrary: anyOf(names).map((name) => run(portal, name)) },
    { weight: 2, arbitrary: bound },
    { weight: 2, arbitrary: fc.constant([say.execute(portal)]) },
    { weight: 2, arbitrary: anyOf(names).map((name) => [say.close("statement", name)]) },
    { weight: 3, arbitrary: anyOf([...inSql, "rollback"]).map(unnamed) },
    {
      weight: 3,
      arbitrary: anyOf([...inSql, "savepoint a", "rollback to a"]).map((sql) => [say.query(sql)]),
    },
    { weight: 3, arbitrary: fc.constant([say.sync]) },
  );
  return fc.array(step, { minLength: 4, maxLength: 20 }).map((steps) => steps.flat());
};

const copyIn = fc
  .tuple(fc.constantFrom("query", "execute", "execute and sync"), copyData, copyEnd)
  .map(([way, data, end]): FrontendMessage[] => {
    const sql = "copy t from stdin";
    const start = way === "query" ? [say.query(sql)] : unnamed(sql);
    const chunks = data.map((text) => ({ type: "CopyData", data: Buffer.from(text) }) as const);
    const early = way === "execute and sync" ? [say.sync] : [];
    return [...start, ...early, ...chunks, end, ...(way === "query" ? [] : [say.sync])];
  });

/** More than the proxy keeps: such messages leave while they are read. */
const filler = "x".repeat(70_000);
const padded = (sql: string): string => `${sql} /*${filler}*/`;

const values = fc.array(fc.option(fc.constantFrom("a", "", filler)), { maxLength: 1 });
const message: fc.Arbitrary<FrontendMessage> = fc.oneof(
  { weight: 1, arbitrary: anyOf(queries).map(padded).map(say.query) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(anyOf(statements), anyOf(parsed).map(padded))
      .map(([name, sql]) => say.parse(name, sql)),
  },
  { weight: 4, arbitrary: anyOf(queries).map(say.query) },
  {
    weight: 4,
    arbitrary: fc.tuple(anyOf(statements), anyOf(parsed)).map(([name, sql]) => say.parse(name, sql)),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(anyOf(portals), anyOf(statements), values).map((bound) => say.bind(...bound)),
  },
  { weight: 4, arbitrary: fc.tuple(anyOf(portals), fc.constantFrom(0, 2)).map((run) => say.execute(...run)) },
  { weight: 1, arbitrary: anyOf(statements).map((name) => say.describe("statement", name)) },
  { weight: 1, arbitrary: anyOf(portals).map((name) => say.describe("portal", name)) },
  { weight: 1, arbitrary: anyOf(statements).map((name) => say.close("statement", name)) },
  { weight: 1, arbitrary: anyOf(portals).map((name) => say.close("portal", name)) },
  { weight: 4, arbitrary: fc.constant(say.sync) },
  { weight: 1, arbitrary: fc.constant(say.flush) },
  // lo_creat, which passes; a function that doesn't exist would be refused by either in other words.
  { weight: 1, arbitrary: fc.constant(callLoCreat()) },
  { weight: 1, arbitrary: fc.constant({ type: "CopyDone" } as const) },
);
const step: fc.Arbitrary<FrontendMessage[]> = fc.oneof(
  { weight: 8, arbitrary: message.map((one) => [one]) },
  { weight: 4, arbitrary: anyOf(parsed).map(unnamed) },
  {
    weight: 4,
    arbitrary: fc.tuple(anyOf(portals), anyOf(statements)).map(([portal, name]) => run(portal, name)),
  },
  { weight: 1, arbitrary: copyIn },
);
/** What is sent at once, before anything is read. */
const pipeline = fc.oneof(
  { weight: 2, arbitrary: fc.array(step, { minLength: 1, maxLength: 12 }).map((steps) => steps.flat()) },
  { weight: 1, arbitrary: renaming(["s"], "") },
  { weight: 1, arbitrary: renaming(["s"], "c") },
  { weight: 1, arbitrary: renaming(statements.slice(2), "") },
);
const conversation = fc.array(pipeline, { minLength: 1, maxLength: 8 }).map((pipelines) => ({
  pipelines,
  [fc.toStringMethod]: () => pipelines.map((messages) => messages.map(show).join("\n")).join("\n\n"),
}));

function callLoCreat(): FrontendMessage {
  const args = { argumentFormats: [], arguments: [Buffer.from("-1")], resultFormat: 0 };
  return { type: "FunctionCall", functionOid: 957, ...args };
}

/**
 * Where a pipeline ends, whatever became of it and also in a failed transaction: a statement of no text whose parameter's
 * type is known from no other.
 */
const markerOid = 100_000;
const marker = (index: number): FrontendMessage[] => [
  say.sync,
  {
    type: "Parse",
    statement: CString.from("end"),
    query: CString.from(""),
    parameterTypes: [markerOid + index],
  },
  say.describe("statement", "end"),
  say.close("statement", "end"),
  say.sync,
];

/** For a whole conversation; then it hangs. */
const patienceMs = 3_000;
const lost = "no answer";

/** Each answer as a client sees it. */
async function converse(client: WireClient, pipelines: readonly FrontendMessage[][]): Promise<string[]> {
  const deadline = setTimeout(() => client.stream.destroy(), patienceMs);
  try {
    return await exchange(client, pipelines);
  } finally {
    clearTimeout(deadline);
  }
}

async function exchange(client: WireClient, pipelines: readonly FrontendMessage[][]): Promise<string[]> {
  const trace: string[] = [];
  client.send(say.query("create temp table t(i int)"));
  await client.until("ReadyForQuery");
  for (const [index, messages] of pipelines.entries()) {
    client.send(...messages, ...marker(index));
    for (let isOver = false; !isOver; ) {
      const replies = await client.until("ReadyForQuery");
      trace.push(...replies.filter((reply) => !breaksProtocol(reply)).map(show));
      const isEnded = replies.at(-1)?.type !== "ReadyForQuery";
      if (isEnded && !replies.some(breaksProtocol)) trace.push(lost);
      if (isEnded) return trace;
      isOver = replies.some((reply) => isMarker(reply, index));
    }
  }
  client.send(say.terminate);
  return trace;
}

/** Both end the session for it: PostgreSQL with an ERROR and a FATAL, the proxy with one in its own words. */
function breaksProtocol(message: BackendMessage): boolean {
  return message.type === "ErrorResponse" && errorField(message, "C") === SQLSTATE.protocol_violation;
}

/**
 * The transaction of the portal that is run has failed. PostgreSQL 18 looks for its statement where that was, in memory that
 * is free by then, and so refuses it either for the transaction or for itself.
 */
function refusesDeadPortal(message: BackendMessage | FrontendMessage): boolean {
  if (message.type !== "ErrorResponse") return false;
  const [code, routine] = [errorField(message, "C"), errorField(message, "R")];
  return (code === "25P02" && routine === "exec_execute_message") || routine === "MarkPortalActive";
}

function isMarker(message: BackendMessage, index: number): boolean {
  return message.type === "ParameterDescription" && message.parameterTypes[0] === markerOid + index;
}

/** Without what no two sessions have in common: OIDs of tables and of large objects. */
function show(message: BackendMessage | FrontendMessage): string {
  if (refusesDeadPortal(message)) return "ErrorResponse: the portal is dead";
  return JSON.stringify(message, (key, value: unknown) => {
    if (value instanceof CString) return value.utf8;
    if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
    const isAnothersOid = key === "tableOid" || (key === "value" && message.type === "FunctionCallResponse");
    return isAnothersOid ? "an OID" : value;
  });
}

interface Logged {
  readonly text: string;
  /** An Execute that went on with a portal: it adds to an event, or is one of its own. */
  readonly isFetch: boolean;
}

/** What PostgreSQL logged of a backend as run, from a place in its log on. */
function readLog(from: number, pid: number): Logged[] {
  return logLines(database, from, pid).flatMap(({ message: text }) => {
    const [, kind = "", sql] = /^(statement|execute fetch from|execute) ?[^:]*: ([^]*)$/.exec(text) ?? [];
    if (sql === undefined || (kind === "execute" && sql === "")) return []; // an aborted portal, whose text is gone
    return [{ text: sql, isFetch: kind === "execute fetch from" }];
  });
}

/** Statements that are recorded as having left for the server, and not as having been dropped there. */
function begins(records: readonly AuditRecord[]): StatementBegin[] {
  const skipped = new Set(records.map((record) => (record.type === "skipped" ? record.statement_id : "")));
  return records
    .filter((record) => record.type === "begin")
    .filter(({ statement_id }) => !skipped.has(statement_id));
}

/** What SQL prepared or declared is recorded by its name: the text is in the event that made it. */
function tells(begin: StatementBegin, { text }: Logged): boolean {
  return begin.text === text || /^(EXECUTE|FETCH (ALL|\d+) FROM) "/.test(begin.text);
}

/** @returns what PostgreSQL ran and nobody recorded, in their order */
function unrecorded(logged: readonly Logged[], recorded: readonly StatementBegin[]): Logged[] {
  const left = [...recorded];
  return logged.filter((entry) => {
    if (entry.isFetch) return false;
    const at = left.findIndex((begin) => tells(begin, entry));
    if (at >= 0) left.splice(0, at + 1);
    return at < 0;
  });
}

function differences(logged: readonly Logged[], records: readonly AuditRecord[]): unknown[] {
  const recorded = begins(records);
  const succeeded = new Set(
    records.map((record) => (record.type === "outcome" && record.success ? record.statement_id : "")),
  );
  const invented = recorded
    // PostgreSQL runs a text without a statement without a word, and a function without its name.
    .filter(({ protocol, text }) => protocol !== "function" && !isEmptyQuery(text))
    .filter(({ statement_id }) => succeeded.has(statement_id))
    .filter((begin) => !logged.some((entry) => tells(begin, entry)));
  return [...unrecorded(logged, recorded), ...invented];
}

/** At most a comment, as `padded` makes it of no text. */
function isEmptyQuery(text: string): boolean {
  return text === "" || text.startsWith(" /*");
}

async function compare({ pipelines }: { readonly pipelines: readonly FrontendMessage[][] }): Promise<void> {
  const from = logEnd(database);
  const direct = await converse(await until("PostgreSQL lets us in", openDirectly), pipelines);
  // PostgreSQL itself can lose its way (15: a COMMIT amid a pipeline, then its portal again).
  fc.pre(!direct.includes(lost));
  const client = await openSession(stage);
  const proxied = await converse(client, pipelines);
  // It can even crash (18: a portal that outlived its transaction is run), with one content of its memory and not with another.
  if (proxied.includes(lost)) fc.pre(!(await crashed(from)));
  expect(proxied).toEqual(direct);
  const records = await endedRecords(stage);
  statementEvents(records);
  const connected = records.find((record) => record.type === "connected");
  const pid = connected?.type === "connected" ? (connected.postgres_pid ?? 0) : 0;
  // The log is written by another process, a little later.
  const look = () => differences(readLog(from, pid), records);
  await until("PostgreSQL's log has the session", () => look().length === 0).catch(() => undefined);
  expect(look()).toEqual([]);
}

/** Its log says so a little later. */
async function crashed(from: number): Promise<boolean> {
  return await until("PostgreSQL says that it crashed", () => hasCrashed(database, from)).catch(() => false);
}

const runs = Number(process.env["FUZZ_RUNS"] ?? 100);
const usualMs = 12_000;

test(
  "clients see PostgreSQL's own answers, and every statement that it runs is recorded",
  async () => {
    const limits = process.env["FUZZ_RUNS"] ? {} : { interruptAfterTimeLimit: usualMs };
    await fc.assert(fc.asyncProperty(conversation, compare), {
      numRuns: runs,
      ...limits,
    });
  },
  Math.max(60_000, runs * 1_000),
);
