/** Statements that are ended from outside: each is still one event, and says by what. */
import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectAdmin } from "./support/admin.ts";
import { statementEvents } from "./support/events.ts";
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

async function asAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = await connectAdmin(database);
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

/** The backend that runs this text, when it does. */
const backendOf = (sql: string): Promise<number> =>
  asAdmin((admin) =>
    until(`${sql} runs`, async () => {
      const asked =
        "select pid from pg_stat_activity where state = 'active' and query = $1 and usename = 'alice'";
      const { rows } = await admin.query<{ pid: number }>(asked, [sql]);
      return rows[0]?.pid;
    }),
  );

const unnamed = (sql: string) => [say.parse("", sql), say.bind("", ""), say.execute("")];

async function toTheEnd(client: WireClient): Promise<void> {
  while (await client.next());
}

test.each(["simple", "extended"])(
  "a statement by the %s protocol that an administrator ends has failed, once",
  async (way) => {
    const client = await openSession(stage);
    const sql = `select pg_sleep(71), '${way}'`;
    if (way === "simple") client.send(say.query(sql), say.query("select 'never'"));
    else client.send(...unnamed("select 'done'"), ...unnamed(sql), ...unnamed("select 'never'"), say.sync);
    const pid = await backendOf(sql);
    await asAdmin((admin) => admin.query("select pg_terminate_backend($1)", [pid]));
    await toTheEnd(client);
    const records = await endedRecords(stage);
    expect(records.at(-1)).toMatchObject({ reason: "server_closed" });
    const events = statementEvents(records).filter(({ text }) => text === sql);
    expect(events).toMatchObject([{ success: false, sqlstate: "57P01" }]);
    const never = statementEvents(records).filter(({ text }) => text === "select 'never'");
    expect(never.filter(({ success }) => success)).toEqual([]);
  },
);

test("a time limit ends a statement, and the transaction's its session", async () => {
  const client = await openSession(stage);
  client.send(say.query("set statement_timeout = 30"), ...unnamed("select pg_sleep(72)"), say.sync);
  client.send(say.query("set statement_timeout = 0"), say.query("set transaction_timeout = 60"));
  client.send(...unnamed("begin"), ...unnamed("select pg_sleep(73)"), say.sync);
  await toTheEnd(client);
  const events = statementEvents(await endedRecords(stage));
  expect(events.map(({ text, success, sqlstate }) => [text, success, sqlstate])).toEqual([
    ["set statement_timeout = 30", true, undefined],
    ["select pg_sleep(72)", false, "57014"],
    ["set statement_timeout = 0", true, undefined],
    ["set transaction_timeout = 60", true, undefined],
    ["begin", true, undefined],
    ["select pg_sleep(73)", false, "25P04"],
  ]);
});

test("a session that idles in a transaction for too long is ended, and no statement is blamed", async () => {
  const client = await openSession(stage);
  client.send(say.query("set idle_in_transaction_session_timeout = 30"), say.query("begin"));
  await client.until("ReadyForQuery");
  await client.until("ReadyForQuery");
  expect(await client.refusal()).toBe("25P03");
  const records = await endedRecords(stage);
  expect(statementEvents(records).map(({ success }) => success)).toEqual([true, true]);
  expect(records.at(-1)).toMatchObject({ reason: "server_closed", errors: 0 });
});

test("of a statement whose server crashes nobody knows the outcome, and it says so", async () => {
  const client = await openSession(stage);
  const sql = "select pg_sleep(74)";
  client.send(say.query("select 'done'"), say.query(sql));
  process.kill(await backendOf(sql), "SIGKILL");
  await toTheEnd(client);
  const records = await endedRecords(stage);
  expect(statementEvents(records)).toMatchObject([
    { text: "select 'done'", success: true },
    { text: sql, success: false, outcome: "unknown" },
  ]);
  expect(records.at(-1)).toMatchObject({ reason: "upstream_failed", sqlstate: "08006" });
});
