/** Attacks on the audit log: a statement that PostgreSQL runs and that is recorded not at all, or under another text. */

import { CString } from "@postern/wire/cstring";
import type { FrontendMessage } from "@postern/wire/messages/frontend";
import { afterAll, beforeAll, expect, test } from "vitest";
import { statementEvents } from "./support/events.ts";
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

const unnamed = (sql: string): FrontendMessage[] => [say.parse("", sql), say.bind("", ""), say.execute("")];

/** What was recorded as successful, after `work` in a session of its own. */
async function recorded(work: (client: WireClient) => Promise<void>): Promise<string[]> {
  const client = await openSession(stage);
  await work(client);
  client.send(say.terminate);
  const events = statementEvents(await endedRecords(stage));
  return events.filter(({ success, outcome }) => success || outcome === "unknown").map(({ text }) => text);
}

/** Sends it all at once and reads so many ReadyForQuery. @returns the texts of the rows' first columns, in their order */
async function ask(client: WireClient, ready: number, ...messages: FrontendMessage[]): Promise<string[]> {
  client.send(...messages);
  const rows: string[] = [];
  for (let left = ready; left > 0; left -= 1) {
    const replies = await client.until("ReadyForQuery");
    if (replies.at(-1)?.type !== "ReadyForQuery") throw new Error("the session ended");
    for (const reply of replies) {
      if (reply.type === "DataRow") rows.push(Buffer.from(reply.values[0] ?? []).toString());
    }
  }
  return rows;
}

/** A table whose COPY fails before PostgreSQL reads any data of it. */
const failingCopy = [
  "create temp table t(i int)",
  "create function pg_temp.fail() returns trigger language plpgsql as $$ begin perform pg_sleep(0.2); raise 'no'; end $$",
  "create trigger fail before insert on t execute function pg_temp.fail()",
].join(";");

test("a statement behind a COPY that fails at once doesn't run unrecorded, though a Sync amid data is passed over", async () => {
  const texts = await recorded(async (client) => {
    await ask(client, 1, say.query(failingCopy));
    client.send(...unnamed("copy t from stdin"), say.sync, say.query("select 'evil'"), say.sync);
    const replies = await client.until("NoData"); // to the end of the connection
    expect(replies.some(({ type }) => type === "DataRow")).toBe(false);
    expect(replies.at(-1)?.type).toBe("ErrorResponse");
  });
  expect(texts).not.toContain("select 'evil'");
});

test("a Sync sent amid a COPY that has just failed lets nothing pass unrecorded", async () => {
  const texts = await recorded(async (client) => {
    await ask(client, 1, say.query(failingCopy));
    client.send(...unnamed("copy t from stdin"), say.flush);
    await client.until("CopyInResponse");
    client.send(say.sync);
    await client.until("ErrorResponse");
    client.send(say.query("select 'evil'"), say.sync);
    await client.until("ReadyForQuery");
    client.send(say.query("select 'last'"));
    await client.until("ReadyForQuery");
  });
  expect(texts.filter((text) => /evil|last/.test(text)).at(-1)).toBe("select 'last'");
});

test("the unnamed statement outlives a Query that was dropped, and is recorded by its text", async () => {
  const texts = await recorded(async (client) => {
    await ask(client, 1, say.parse("", "select 'evil'"), say.sync);
    const rows = await ask(
      client,
      2,
      say.bind("", "no such statement"),
      say.query("select 'dropped'"),
      say.sync,
      say.bind("", ""),
      say.execute(""),
      say.sync,
    );
    expect(rows).toEqual(["evil"]);
  });
  expect(texts).toEqual(["select 'evil'"]);
});

test("names that PostgreSQL cuts to the same are the same", async () => {
  const [first, second] = [`${"x".repeat(63)}a`, `${"x".repeat(63)}b`];
  const texts = await recorded(async (client) => {
    await ask(client, 1, say.parse(first, "select 'decoy'"), say.sync);
    await ask(client, 1, say.close("statement", second), say.parse(second, "select 'evil'"), say.sync);
    expect(await ask(client, 1, say.bind("", first), say.execute(""), say.sync)).toEqual(["evil"]);
  });
  expect(texts).toEqual(["select 'evil'"]);
});

test.each([Buffer.from([0x87, 0x90]), Buffer.from("ä")])(
  "a name beyond ASCII, which another encoding could make another's, ends the session",
  async (bytes) => {
    const client = await openSession(stage);
    const statement = new CString(bytes);
    client.send({ type: "Parse", statement, query: CString.from("select 1"), parameterTypes: [] });
    expect(await client.refusal()).toBe("22021");
  },
);

test("PREPARE in SQL doesn't make the log forget what Parse had prepared", async () => {
  const texts = await recorded(async (client) => {
    await ask(client, 1, say.parse("s", "select 'evil'"), say.sync);
    await ask(client, 1, say.query("prepare x as select 1; deallocate x; prepare x as select 1"));
    expect(await ask(client, 1, say.bind("", "s"), say.execute(""), say.sync)).toEqual(["evil"]);
  });
  expect(texts.at(-1)).toContain("select 'evil'");
});

test.each(["in one run", "in runs of their own"])(
  "a prepared statement that SQL replaces in the same pipeline, %s, isn't recorded under its old text",
  async (way) => {
    const between = way === "in one run" ? [] : [say.sync];
    const texts = await recorded(async (client) => {
      await ask(client, 1, say.parse("s", "select 'decoy'"), say.sync);
      const swap = [
        ...unnamed("deallocate s"),
        ...between,
        ...unnamed("prepare s as select 'evil'"),
        ...between,
      ];
      const run = [say.bind("", "s"), say.execute(""), say.sync];
      expect(await ask(client, 1 + 2 * between.length, ...swap, ...run)).toEqual(["evil"]);
    });
    expect(texts.slice(0, 2)).toEqual(["deallocate s", "prepare s as select 'evil'"]);
    expect(texts[2]).toMatch(/^EXECUTE "s"/);
  },
);

test.each(["rollback to a", "commit and chain", "rollback and chain", "close c", "close all"])(
  "a portal that `%s` closed and DECLARE made anew isn't recorded under its old text",
  async (closing) => {
    const texts = await recorded(async (client) => {
      await ask(client, 2, say.query("begin"), say.query("savepoint a"));
      await ask(client, 1, say.parse("", "select 'decoy'"), say.bind("c", ""), say.sync);
      const swap = [say.query(closing), say.query("declare c cursor for select 'evil'")];
      expect(await ask(client, 3, ...swap, say.execute("c"), say.sync)).toEqual(["evil"]);
    });
    expect(texts.at(-1)).toMatch(/^FETCH ALL FROM "c"/);
  },
);

test("texts aren't told apart by settings that a statement on its way may have changed", async () => {
  const sql = "select '\\'; select 1 --'; select 'evil'";
  const texts = await recorded(async (client) => {
    const rows = await ask(client, 2, say.query("set standard_conforming_strings = off"), say.query(sql));
    expect(rows).toHaveLength(2);
  });
  expect(texts.slice(1)).toEqual([sql, sql]);
});

test.each([
  ["65535 numbered values with types", Array.from({ length: 65_535 }, () => "y".repeat(20))],
  ["values that JSON blows up", Array.from({ length: 16 }, () => "\u0001".repeat(65_536))],
])(
  "%s can't keep a statement out of the log",
  async (_, values) => {
    const texts = await recorded(async (client) => {
      const query = CString.from(
        `select 'evil' where true ${values.map((__, i) => `or $${i + 1} = ''`).join(" ")}`,
      );
      const parse = {
        type: "Parse",
        statement: CString.from("p"),
        query,
        parameterTypes: values.map(() => 25),
      } as const;
      expect(await ask(client, 1, parse, say.bind("", "p", values), say.execute(""), say.sync)).toEqual([
        "evil",
      ]);
      expect(await ask(client, 1, say.query("select 'last'"))).toEqual(["last"]);
    });
    expect(texts.at(-1)).toBe("select 'last'");
    expect(texts[0]).toMatch(/^select 'evil'/);
  },
  60_000,
);

test("texts of many bytes a character don't make a chunk that the control plane won't take", async () => {
  const sql = `select length('${"漢".repeat(340_000)}')`;
  const texts = await recorded(async (client) => {
    const queries = Array.from({ length: 8 }, () => say.query(sql));
    await ask(client, 8, ...queries);
  });
  expect(texts).toHaveLength(8);
}, 60_000);

test("texts put in for each statement don't make a chunk that the control plane won't take", async () => {
  const sql = `select length('${"x".repeat(250_000)}'); select 2`;
  const texts = await recorded(async (client) => {
    const queries = Array.from({ length: 60 }, () => say.query(sql));
    await ask(client, 60, ...queries);
  });
  expect(texts).toHaveLength(120);
}, 60_000);

test("a client can't make the proxy remember without end: it is told to close what it has open", async () => {
  const client = await openSession(stage);
  const sql = `select 1 /*${"x".repeat(1_000_000)}*/`;
  const open = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => say.parse(`s${from + index}`, sql));
  // Closed again, they are no matter.
  for (let round = 0; round < 3; round += 1) {
    const close = Array.from({ length: 30 }, (_, index) => say.close("statement", `s${index}`));
    await ask(client, 1, ...open(0, 30), ...close, say.sync);
  }
  client.send(...open(0, 70), say.sync);
  expect(await client.refusal()).toBe("54000");
}, 60_000);
