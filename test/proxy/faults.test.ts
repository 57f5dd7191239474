/** Cancels, ended access, a control plane that is gone, and a proxy that dies. */
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "@postern/core/fault";
import { encodeFrontend } from "@postern/wire/messages/frontend";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { connectAdmin } from "./support/admin.ts";
import { statementEvents } from "./support/events.ts";
import { startProxyChild } from "./support/proxy-child.ts";
import { psql } from "./support/psql.ts";
import {
  type Database,
  endedRecords,
  openSession,
  type Stage,
  stageFor,
  startDatabase,
  tlsOptions,
} from "./support/stage.ts";
import { until } from "./support/until.ts";
import { openTcp, openTls, readToEnd, say, WireClient } from "./support/wire-client.ts";

let database: Database;
let stage: Stage;
let admin: pg.Client;

beforeAll(async () => {
  database = await startDatabase();
  admin = await connectAdmin(database);
});

beforeEach(async () => {
  stage = await stageFor(database);
});

afterEach(() => stage.stop());

afterAll(async () => {
  await admin?.end();
  await database?.stop();
});

/** How many backends run this statement now. */
async function running(sql: string): Promise<number> {
  const { rows } = await admin.query("select 1 from pg_stat_activity where state = 'active' and query = $1", [
    sql,
  ]);
  return rows.length;
}

const sleeping = (sql: string) => until(`${sql} runs`, async () => (await running(sql)) > 0);
const stopped = (sql: string) => until(`${sql} has stopped`, async () => (await running(sql)) === 0);

test("Ctrl-C in psql cancels the statement that runs, and the session goes on", async () => {
  const sql = "select pg_sleep(61)";
  const result = await psql(stage, ["-v", "ON_ERROR_STOP=0", "-c", sql, "-c", "select 'still here'"], {
    onStart: (child) => void sleeping(sql).then(() => child.kill("SIGINT")),
  });
  expect(result.stderr).toContain("canceling statement due to user request");
  await stopped(sql);
  const records = await endedRecords(stage);
  expect(records.find((record) => record.type === "cancel")).toMatchObject({ address: "127.0.0.1" });
  expect(statementEvents(records)[0]).toMatchObject({ text: sql, success: false, sqlstate: "57014" });
});

/** A session's cancel key, as the client was given it. */
async function sessionWithKey(): Promise<{ client: WireClient; cancel: Uint8Array }> {
  const client = new WireClient(await openTls(stage.proxy.port, "negotiated", tlsOptions(stage)));
  client.startUp({ user: "alice", database: "postgres" }, 2);
  const key = (await client.until("ReadyForQuery")).find((message) => message.type === "BackendKeyData");
  if (key?.type !== "BackendKeyData") throw new Error("no cancel key");
  return { client, cancel: encodeFrontend({ ...key, type: "CancelRequest" }) };
}

async function sendCancel(packet: Uint8Array, isSecure: boolean): Promise<Buffer> {
  const stream = isSecure
    ? await openTls(stage.proxy.port, "negotiated", { ca: stage.control.hostCa.certificate })
    : await openTcp(stage.proxy.port);
  const answer = readToEnd(stream);
  stream.write(packet);
  return answer;
}

test.each([true, false])(
  "a cancel with TLS: %s stops the statement and is never answered",
  async (isSecure) => {
    const { client, cancel } = await sessionWithKey();
    const sql = `select pg_sleep(6${isSecure ? 2 : 3})`;
    client.send(say.query(sql));
    await sleeping(sql);
    expect((await sendCancel(cancel, isSecure)).length).toBe(0);
    expect((await client.error())?.code).toBe("57014");
    client.send(say.terminate);
  },
);

test("a cancel that comes when nothing runs is none, nor is one with another key", async () => {
  const { client, cancel } = await sessionWithKey();
  await sendCancel(cancel, false);
  client.send(say.query("select 1"));
  expect((await client.until("ReadyForQuery")).map((message) => message.type)).toContain("DataRow");
  const wrong = Uint8Array.from(cancel);
  wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
  const sql = "select pg_sleep(1.1)";
  client.send(say.query(sql));
  await sleeping(sql);
  await sendCancel(wrong, false);
  expect((await client.until("ReadyForQuery")).map((message) => message.type)).toContain("DataRow");
  client.send(say.terminate);
  expect((await endedRecords(stage)).some((record) => record.type === "cancel")).toBe(false);
});

test("who guesses cancel keys is soon heard no more, and hits nobody", async () => {
  const { client, cancel } = await sessionWithKey();
  const sql = "select pg_sleep(62.5)";
  client.send(say.query(sql));
  await sleeping(sql);
  const guess = Uint8Array.from(cancel);
  for (let tries = 0; tries < 25; tries += 1) {
    guess[guess.length - 1] = tries;
    if (tries !== cancel.at(-1)) await sendCancel(guess, false);
  }
  await sendCancel(cancel, false);
  expect(await running(sql)).toBe(1);
  client.stream.destroy();
});

test.each(["login_session_ended", "user_ended", "session_ended"] as const)(
  "%s ends the session and its statement, saying why",
  async (type) => {
    const client = await openSession(stage);
    const sql = `select pg_sleep(64), '${type}'`;
    client.send(say.query(sql));
    await sleeping(sql);
    const reason = "the user was locked";
    const sid = stage.control.sids.at(-1) ?? "";
    stage.control.changes.push(
      type === "login_session_ended"
        ? { type, login_session: "ls_test", reason }
        : type === "user_ended"
          ? { type, user: "alice", account: null, reason }
          : { type, sid, reason },
    );
    const error = await client.error();
    expect(error).toMatchObject({ code: "57P01" });
    expect(error?.message).toContain(reason);
    expect(await client.next()).toBeUndefined();
    await stopped(sql);
    const records = await endedRecords(stage);
    expect(records.at(-1)).toMatchObject({ reason: "access_ended", sqlstate: "57P01" });
    expect(statementEvents(records)).toMatchObject([{ text: sql, success: false, sqlstate: "57014" }]);
  },
);

test("who is let in again after that stays: a change is heard more than once and ends a session once", async () => {
  const { changes } = stage.control;
  const hear = async () =>
    await until("the proxy has heard of it", () => stage.control.heard === changes.length);
  const before = await openSession(stage);
  changes.push({ type: "user_ended", user: "alice", account: null, reason: "the user's login was reset" });
  expect(await before.refusal()).toBe("57P01");
  await hear();
  const after = await openSession(stage);
  changes.push({ type: "user_ended", user: "bob", account: null, reason: "locked" }); // answered along with the one before
  await hear();
  after.send(say.query("select 1"));
  expect((await after.until("ReadyForQuery")).at(-1)).toMatchObject({ type: "ReadyForQuery" });
  after.stream.destroy();
});

test("who is locked while the session is being opened isn't let in", async () => {
  const { decide } = stage.control;
  const isAsked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  stage.control.decide = async (request, sid) => {
    isAsked.resolve();
    await answer.promise;
    return decide(request, sid);
  };
  const client = new WireClient(await openTls(stage.proxy.port, "negotiated", tlsOptions(stage)));
  client.startUp({ user: "alice", database: "postgres" });
  await isAsked.promise;
  stage.control.changes.push({ type: "user_ended", user: "alice", account: null, reason: "locked" });
  await until("the proxy has heard of it", () => stage.control.heard === stage.control.changes.length);
  answer.resolve();
  expect(await client.refusal()).toBe("57P01");
  expect((await endedRecords(stage)).at(-1)).toMatchObject({ sqlstate: "57P01" });
});

test("sessions that are still being opened count, so that no crowd gets past the limit", async () => {
  const small = await stageFor(database, { sessions: 2 });
  try {
    const { decide } = small.control;
    const answer = Promise.withResolvers<void>();
    small.control.decide = async (request, sid) => {
      await answer.promise;
      return decide(request, sid);
    };
    const connect = async (): Promise<WireClient> => {
      const client = new WireClient(await openTls(small.proxy.port, "negotiated", tlsOptions(small)));
      client.startUp({ user: "alice", database: "postgres" });
      return client;
    };
    await connect();
    await connect();
    await until("two are being opened", () => small.control.requests.length === 2);
    expect(await (await connect()).refusal()).toBe("53300");
    answer.resolve();
  } finally {
    await small.stop();
  }
});

test("many cancels at once cancel what runs, and nothing after it", async () => {
  const { client, cancel } = await sessionWithKey();
  const sql = "select pg_sleep(62.7)";
  client.send(say.query(sql));
  await sleeping(sql);
  await Promise.all(Array.from({ length: 20 }, () => sendCancel(cancel, false)));
  expect((await client.error())?.code).toBe("57014");
  await client.until("ReadyForQuery");
  client.send(say.query("select pg_sleep(0.1)"));
  expect((await client.until("ReadyForQuery")).map((message) => message.type)).not.toContain("ErrorResponse");
});

test("a TLS handshake that never ends leaves nothing behind", async () => {
  const small = await stageFor(database, { handshakeMs: 200 });
  try {
    const sockets = await Promise.all(Array.from({ length: 20 }, () => openTcp(small.proxy.port)));
    const ended = sockets.map((socket) => readToEnd(socket));
    for (const socket of sockets) socket.write(encodeFrontend({ type: "SSLRequest" }));
    await Promise.all(ended);
    expect((await openSession(small)).stream.destroyed).toBe(false);
  } finally {
    await small.stop();
  }
});

test("a session ends when its time is over", async () => {
  const { decide } = stage.control;
  stage.control.decide = async (request, sid) => {
    const answer = await decide(request, sid);
    return { ...answer, ends_at: new Date(Date.now() + 300).toISOString() } as typeof answer; // only what is allowed has it
  };
  const client = await openSession(stage);
  expect(await client.refusal()).toBe("57P01");
});

test("a database that ends the session is believed, and one that is gone is told of", async () => {
  const client = await openSession(stage);
  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'alice'");
  expect(await client.refusal()).toBe("57P01");
  expect((await endedRecords(stage)).at(-1)).toMatchObject({ reason: "server_closed" });
});

test("a proxy that stops says so, and its records are all delivered", async () => {
  const client = await openSession(stage);
  client.send(say.query("select 'last words'"));
  await client.until("ReadyForQuery");
  await stage.proxy.close();
  expect(await client.refusal()).toBe("57P01");
  expect((await endedRecords(stage)).at(-1)).toMatchObject({ reason: "proxy_stopped" });
});

const spoolFiles = (folder: string) =>
  readdirSync(join(folder, "spool")).filter((name) => name.endsWith(".jsonl"));

test("without the control plane sessions go on; their records wait in files for our eyes alone, and none is lost", async () => {
  const client = await openSession(stage);
  stage.control.isGone = true;
  for (let i = 0; i < 5; i += 1) {
    client.send(say.query(`select ${i}`));
    await client.until("ReadyForQuery");
  }
  await until("records wait in closed segments", () => spoolFiles(stage.folder).length > 1);
  expect(statSync(join(stage.folder, "spool")).mode & 0o777).toBe(0o700);
  for (const name of spoolFiles(stage.folder))
    expect(statSync(join(stage.folder, "spool", name)).mode & 0o777).toBe(0o600);
  stage.control.isGone = false;
  client.send(say.terminate);
  const texts = statementEvents(await endedRecords(stage)).map(({ text }) => text);
  expect(texts).toEqual(["select 0", "select 1", "select 2", "select 3", "select 4"]);
  await until("the spool is empty", () => spoolFiles(stage.folder).length === 0);
});

test("when the spool is full, statements wait until there is room", async () => {
  const small = await stageFor(database, { spoolBytes: 20_000 });
  try {
    const client = await openSession(small);
    small.control.isDeaf = true;
    const filler = `select '${"x".repeat(30_000)}'`;
    client.send(say.query(filler));
    await client.until("ReadyForQuery");
    await until("the spool is full", () => spoolFiles(small.folder).length > 1);
    const sql = "select 'waits', pg_sleep(0)";
    client.send(say.query(sql));
    let isAnswered = false;
    const answered = client.until("ReadyForQuery").then(() => (isAnswered = true));
    expect((await admin.query("select 1 from pg_stat_activity where query = $1", [sql])).rows).toHaveLength(
      0,
    );
    expect(isAnswered).toBe(false);
    small.control.isDeaf = false;
    await answered;
    client.send(say.terminate);
    expect(statementEvents(await endedRecords(small)).map(({ text }) => text)).toEqual([filler, sql]);
  } finally {
    await small.stop();
  }
});

test("a session whose records the control plane refuses for good is ended", async () => {
  const client = await openSession(stage);
  stage.control.refuseAudit = new Fault("access.denied", "another host's session");
  client.send(say.query("select 1"));
  expect(await client.refusal()).toBe("XX000");
});

test("a statement killed with the proxy is told of by the next one, and nothing is lost or doubled", async () => {
  const child = await startProxyChild(database);
  const client = await child.openSession();
  client.send(say.query("select 'done'"));
  await client.until("ReadyForQuery");
  await until("a segment was closed", () => spoolFiles(child.folder).length > 1);
  const sql = "select pg_sleep(65)";
  client.send(say.parse("", sql), say.bind("", ""), say.execute(""), say.sync);
  await sleeping(sql);
  child.process.kill("SIGKILL");
  expect(await client.next()).toBeUndefined();

  const next = await stageFor(database, {}, child.folder);
  try {
    const records = await until("the lost session's end is stored", () => {
      const [all = []] = [...next.control.chunks.values()].map((chunks) => chunks.flat());
      return all.at(-1)?.type === "end" && all;
    });
    expect(records.at(-1)).toMatchObject({ reason: "proxy_lost", statements: 2 });
    expect(statementEvents(records)).toMatchObject([
      { text: "select 'done'", success: true, outcome: "known" },
      { text: sql, success: false, outcome: "unknown" },
    ]);
    await until("the spool is empty", () => spoolFiles(child.folder).length === 0);
  } finally {
    await next.stop();
    rmSync(child.folder, { recursive: true, force: true });
  }
});

test("a large result waits in the database for a slow client, not in the proxy, and reaches it whole", async () => {
  const client = await openSession(stage);
  client.stream.pause();
  const before = process.memoryUsage().rss;
  const sql = "select repeat('x', 1000000) from generate_series(1, 60)";
  client.send(say.query(sql));
  await until("the database waits for its reader", async () => {
    const waiting = "select 1 from pg_stat_activity where query = $1 and wait_event = 'ClientWrite'";
    return (await admin.query(waiting, [sql])).rows.length > 0;
  });
  expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
  client.stream.resume();
  const messages = await client.until("ReadyForQuery");
  expect(messages.filter((message) => message.type === "DataRow")).toHaveLength(60);
  client.send(say.terminate);
});
