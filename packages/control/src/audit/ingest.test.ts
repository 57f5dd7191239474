import type { AuditEvent } from "@postern/core/audit/event";
import type { AuditRecord } from "@postern/core/audit/record";
import { minute } from "@postern/core/time";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  certificateFor,
  createScene,
  joinAsHost,
  openAllowed,
  requestWith,
  type Scene,
} from "../access/test-support.ts";
import { admin } from "../identity/test-support.ts";
import { sessionPartition } from "../keys.ts";
import { linkHash, parseLink } from "./chain.ts";
import { loadContent } from "./content.ts";
import { ingestAudit } from "./ingest.ts";
import { getRecording, links, listRecordings } from "./recording.ts";
import { searchAudit } from "./search.ts";
import { begin, end, outcome } from "./test-support.ts";

/** A scene with one open session. */
async function createSession(): Promise<Scene & { readonly sid: string }> {
  const scene = await createScene();
  const { sid } = await openAllowed(scene, requestWith(await certificateFor(scene)));
  return { ...scene, sid };
}

type Session = Awaited<ReturnType<typeof createSession>>;

async function ingest({ deps, host, sid }: Session, chunk: number, records: AuditRecord[]) {
  return await ingestAudit(deps, host, { sid, chunk, records });
}

async function recorded({ deps, sid }: Session): Promise<AuditEvent[]> {
  return (await getRecording(deps, admin, { sid })).events;
}

async function itemsOf({ deps, sid }: Session, prefix: string) {
  return (await deps.store.query({ pk: sessionPartition(sid), prefix, limit: 1000 })).items;
}

describe("a chunk", () => {
  test("becomes events that carry what the control plane knows of the session", async () => {
    const session = await createSession();
    expect(await ingest(session, 0, [begin(1, "select 1"), outcome(1, 1)])).toEqual({
      sid: session.sid,
      chunk: 0,
    });
    const [start, query] = await recorded(session);
    expect(start).toMatchObject({ event: "db.session.start", ei: 0 });
    expect(query).toMatchObject({
      event: "db.session.query",
      code: "TDB02I",
      cluster_name: "test",
      db_name: "postgres",
      db_origin: "config-file",
      db_protocol: "postgres",
      db_query: "select 1",
      db_query_parameters: [],
      db_roles: [],
      db_service: "aurora",
      db_type: "rds",
      db_uri: "aurora.cluster-abc.us-west-1.rds.amazonaws.com:5432",
      db_user: "alice",
      sid: session.sid,
      user: "alice",
      "addr.remote": "198.51.100.4:55000",
    });
  });

  test("that is sent again is answered the same and changes nothing", async () => {
    const session = await createSession();
    const records = [begin(1, "select 1"), outcome(1, 1)];
    await ingest(session, 0, records);
    const before = await recorded(session);
    expect(await ingest(session, 0, records)).toEqual({ sid: session.sid, chunk: 0 });
    await ingest(session, 1, [begin(2, "select 2"), outcome(2, 2)]);
    expect(await ingest(session, 0, records)).toEqual({ sid: session.sid, chunk: 0 });
    expect((await recorded(session)).slice(0, before.length)).toEqual(before);
    const { events } = await searchAudit(session.deps, admin, { limit: 1000, event: "db.session.query" });
    expect(events).toHaveLength(2);
  });

  test("that is sent by several at once is stored once", async () => {
    const session = await createSession();
    const records = [begin(1, "select 1"), outcome(1, 1)];
    await Promise.all(Array.from({ length: 8 }, async () => await ingest(session, 0, records)));
    expect(await recorded(session)).toHaveLength(2);
    expect(await itemsOf(session, "chunk#")).toHaveLength(2);
  });

  test("with other records under a number that is taken is refused: they would be lost", async () => {
    const session = await createSession();
    await ingest(session, 0, [begin(1, "select 1"), outcome(1, 1)]);
    await expect(ingest(session, 0, [begin(1, "select 2"), outcome(1, 1)])).rejects.toMatchObject({
      code: "resource.changed",
    });
  });

  test("after a gap is refused, telling the number that is expected", async () => {
    const session = await createSession();
    await ingest(session, 0, [begin(1, "select 1"), outcome(1, 1)]);
    await expect(ingest(session, 2, [begin(3, "select 3"), outcome(3, 3)])).rejects.toMatchObject({
      code: "resource.changed",
      data: { issues: [{ path: "chunk", message: "expected 1" }] },
    });
    expect(await recorded(session)).toHaveLength(2);
  });

  test("of another host's session, or of none, is refused and audited", async () => {
    const session = await createSession();
    const { deps, sid } = session;
    const stranger = await joinAsHost(deps);
    const records = [begin(1, "drop table x"), outcome(1, 1)];
    await expect(ingestAudit(deps, stranger, { sid, chunk: 0, records })).rejects.toMatchObject({
      code: "access.denied",
    });
    deps.advance(1);
    await expect(ingest({ ...session, sid: "unknown" }, 0, records)).rejects.toMatchObject({
      code: "access.denied",
    });
    expect(await recorded(session)).toHaveLength(1);
    const { events } = await searchAudit(deps, admin, { limit: 10, event: "host.refused" });
    expect(events.map((event) => "sid" in event && event.sid)).toEqual([sid, "unknown"]);
    expect(events[0]).toMatchObject({ action: "audit.ingest", host_id: stranger.caller.hostId });
  });

  test("after the session's end is refused", async () => {
    const session = await createSession();
    await ingest(session, 0, [end(1)]);
    await expect(ingest(session, 1, [begin(2, "select 1")])).rejects.toMatchObject({ code: "input.invalid" });
    expect(await ingest(session, 0, [end(1)])).toEqual({ sid: session.sid, chunk: 0 });
  });

  test("with more bytes than a chunk may have is refused", async () => {
    const session = await createSession();
    const records = Array.from({ length: 5 }, (_, index) => begin(index + 1, "x".repeat(1_000_000)));
    await expect(ingest(session, 0, records)).rejects.toMatchObject({ code: "input.invalid" });
  });
});

test("a login that the database refused is recorded with what IAM must allow, under the person's decision id", async () => {
  const session = await createSession();
  await ingest(session, 0, [end(1, { reason: "upstream_failed", sqlstate: "28P01" })]);
  const [start, ended] = await recorded(session);
  expect(ended).toMatchObject({
    event: "db.session.end",
    code: "TDB01W",
    decision_id: start?.event === "db.session.start" && start.decision_id,
    message: expect.stringMatching(
      /rds_iam must be granted to "alice"; the policy of the role of the control plane's authorize function must say: .*"rds-db:connect".*arn:aws:rds-db:us-west-1:ACCOUNT-ID:dbuser:RESOURCE-ID\/alice/,
    ),
  });
});

test("a session that ends otherwise tells of no policy", async () => {
  const session = await createSession();
  await ingest(session, 0, [end(1, { reason: "upstream_failed", sqlstate: "08001" })]);
  expect(JSON.stringify((await recorded(session)).at(-1))).not.toContain("rds-db:connect");
});

test("begin and outcome in different chunks are one event, and nothing is kept of them", async () => {
  const session = await createSession();
  await ingest(session, 0, [begin(1, "select pg_sleep(60)", { protocol: "extended" })]);
  session.deps.advance(minute);
  await ingest(session, 1, [outcome(1, 1, { duration_ms: 60_000 })]);
  expect((await recorded(session)).slice(1)).toMatchObject([
    { db_query: "select pg_sleep(60)", duration_ms: 60_000 },
  ]);
  expect((await itemsOf(session, "tail"))[0]?.value).toMatchObject({ open: { size: 0, parts: 0 } });
});

/** Text that no compression makes small: hex digits take half. */
function randomText(length: number): string {
  return Array.from({ length: length / 8 }, () =>
    Math.random().toString(16).slice(2, 10).padEnd(8, "0"),
  ).join("");
}

test("statements of a megabyte are whole, whether they wait for their outcome or not", async () => {
  const session = await createSession();
  const [one, two] = [randomText(1_000_000), randomText(1_000_000)];
  await ingest(session, 0, [
    begin(1, one, { protocol: "extended" }),
    begin(2, two, { protocol: "extended" }),
  ]);
  expect((await itemsOf(session, "part#")).length).toBeGreaterThan(1);
  await ingest(session, 1, [outcome(1, 1), outcome(2, 2), begin(3, "select 3"), outcome(3, 3)]);
  const queries = (await recorded(session)).flatMap((event) =>
    event.event === "db.session.query" ? [event.db_query] : [],
  );
  expect(queries.map((text) => text.length)).toEqual([1_000_000, 1_000_000, 8]);
  expect(queries).toEqual([one, two, "select 3"]);
});

test("the links of a session make a chain that covers every event", async () => {
  const session = await createSession();
  await ingest(session, 0, [begin(1, "select 1"), outcome(1, 1)]);
  await ingest(session, 1, [begin(2, "select 2")]);
  await ingest(session, 2, [outcome(2, 2), end(3)]);
  let prev = "0".repeat(64);
  let seen = 0;
  for await (const item of links(session.deps.store, session.sid)) {
    const link = parseLink(item);
    const content = await loadContent(session.deps.store, session.sid, link.content, item);
    expect(link).toMatchObject({ link: seen, prev, hash: linkHash(prev, content) });
    prev = link.hash;
    seen += 1;
  }
  expect(seen).toBe(4);
});

test("a session is listed from its start, and after its end with its counts", async () => {
  const session = await createSession();
  const { deps, sid } = session;
  const list = async () => (await listRecordings(deps, admin, { limit: 10 })).recordings;
  expect(await list()).toMatchObject([
    { sid, user: "alice", database: "aurora", ended_at: null, statements: null },
  ]);
  deps.advance(minute);
  await ingest(session, 0, [
    begin(1, "select 1"),
    outcome(1, 1),
    end(2, { statements: 1, time: deps.clock() }),
  ]);
  expect(await list()).toMatchObject([
    { sid, ended_at: new Date(deps.clock()).toISOString(), statements: 1 },
  ]);
  expect((await listRecordings(deps, admin, { limit: 10, user: "bob" })).recordings).toEqual([]);
});

test("any split into chunks, with repeats of any of them, gives the same events", async () => {
  const records: AuditRecord[] = [
    { type: "connected", time: 0 },
    begin(1, "select 1; select 2"),
    outcome(1, 1),
    outcome(1, 2, { statement_index: 1 }),
    begin(3, "select 3", { protocol: "extended" }),
    begin(4, "select 4", { protocol: "extended" }),
    outcome(4, 4),
    outcome(3, 3),
    begin(5, "select pg_sleep(9)"),
    end(6),
  ];
  const scene = await createScene();
  const comparable = (events: readonly AuditEvent[]) =>
    events.map((event) => JSON.stringify({ ...event, uid: "", sid: "" }));
  let expected: string[] | undefined;
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: records.length - 1 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(cuts, fc.array(fc.nat(5), { maxLength: 3 }), async (at, repeats) => {
      const { sid } = await openAllowed(scene, requestWith(await certificateFor(scene)));
      const session = { ...scene, sid };
      const bounds = [0, ...at.toSorted((a, b) => a - b), records.length];
      const chunks = bounds.slice(1).map((bound, index) => records.slice(bounds[index], bound));
      for (const [index, chunk] of chunks.entries()) {
        await ingest(session, index, chunk);
        for (const repeat of repeats)
          if (repeat <= index) await ingest(session, repeat, chunks[repeat] ?? []);
      }
      const events = comparable((await recorded(session)).slice(1));
      expected ??= events;
      expect(events).toHaveLength(6);
      expect(events).toEqual(expected);
    }),
    { numRuns: 15 },
  );
});
