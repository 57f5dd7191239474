import type { AuditEvent, SessionQueryEvent } from "@postern/core/audit/event";
import { AuditEvent as AuditEventSchema } from "@postern/core/audit/event";
import type { AuditRecord } from "@postern/core/audit/record";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type JoinContext, joinRecords } from "./join-records.ts";
import { initialProgress, type SessionProgress } from "./session-progress.ts";
import { begin, end, facts, outcome, startedAt } from "./test-support.ts";

const context: JoinContext = {
  facts,
  clusterName: "test",
  started_at: new Date(startedAt).toISOString(),
  now: startedAt + 3_600_000,
};

function join(records: readonly AuditRecord[], progress: SessionProgress = initialProgress) {
  return joinRecords(context, progress, records);
}

/** The events of records that come in several chunks. */
function joinAll(chunks: readonly (readonly AuditRecord[])[]): readonly AuditEvent[] {
  let progress = initialProgress;
  return chunks.flatMap((records) => {
    const joined = join(records, progress);
    ({ progress } = joined);
    return joined.events;
  });
}

function queries(events: readonly AuditEvent[]): SessionQueryEvent[] {
  return events.filter((event) => event.event === "db.session.query");
}

describe("a begin and its outcome", () => {
  test("become one event, whose time is the begin's and whose facts are the session's", () => {
    const { events } = join([
      begin(1, "select 1", { time: startedAt + 5 }),
      outcome(1, 1, { affected_records: 1 }),
    ]);
    expect(events).toHaveLength(1);
    expect(AuditEventSchema.parse(events[0])).toEqual(JSON.parse(JSON.stringify(events[0])));
    expect(events[0]).toMatchObject({
      ...facts,
      event: "db.session.query",
      code: "TDB02I",
      ei: 1,
      db_query: "select 1",
      db_query_parameters: [],
      affected_records: 1,
      success: true,
      time: new Date(startedAt + 5).toISOString(),
    });
  });

  test("may come in different chunks", () => {
    const events = joinAll([[begin(1, "select 1")], [outcome(1, 1)]]);
    expect(queries(events).map(({ db_query }) => db_query)).toEqual(["select 1"]);
  });

  test("of a failed statement carry SQLSTATE and error", () => {
    const { events } = join([
      begin(1, "selec"),
      outcome(1, 1, { success: false, sqlstate: "42601", error: "syntax error" }),
    ]);
    expect(events[0]).toMatchObject({
      code: "TDB02W",
      success: false,
      sqlstate: "42601",
      error: "syntax error",
    });
  });

  test("keep bound values as values: null, text and binary", () => {
    const parameters = [
      { format: "text", value: "O'Brien" },
      { format: "text", value: null },
      { format: "binary", value: "AAAAAQ==" },
    ] as const;
    const { events } = join([
      begin(1, "select $1, $2, $3", { protocol: "extended", parameters: [...parameters] }),
      outcome(1, 1),
    ]);
    expect(events[0]).toMatchObject({
      db_query_parameters: ["O'Brien", null, "AAAAAQ=="],
      db_query_parameter_formats: ["text", "text", "binary"],
    });
  });

  test("of a fast-path call become a function event", () => {
    const { events } = join([begin(1, "", { protocol: "function", function_oid: 1598 }), outcome(1, 1)]);
    expect(events[0]).toMatchObject({
      event: "db.session.postgres.function",
      code: "TPG04I",
      function_oid: 1598,
    });
  });
});

describe("a query of several statements", () => {
  test("gives an event per reply, each with its own text", () => {
    const { events } = join([
      begin(1, "select 1; select 2"),
      outcome(1, 1, { statement_index: 0, text: "select 1" }),
      outcome(1, 2, { statement_index: 1, text: "select 2" }),
    ]);
    expect(
      queries(events).map(({ ei, statement_index, db_query }) => [ei, statement_index, db_query]),
    ).toEqual([
      [1, 0, "select 1"],
      [2, 1, "select 2"],
    ]);
    expect(new Set(events.map(({ uid }) => uid)).size).toBe(2);
  });

  test("holds a large whole text once where the statements' own are not known", () => {
    const text = `select '${"x".repeat(10_000)}'; select 2`;
    const { events } = join([begin(1, text), outcome(1, 1), outcome(1, 2, { statement_index: 1 })]);
    const [first, second] = queries(events);
    expect(first?.db_query).toBe(text);
    expect(second?.db_query.length).toBe(1_024);
    expect(second?.db_query_cut?.bytes).toBe(Buffer.byteLength(text));
  });

  test("may be answered further in the next chunk, until another statement is", () => {
    const events = joinAll([
      [begin(1, "select 1; select 2"), outcome(1, 1)],
      [outcome(1, 2, { statement_index: 1 }), begin(3, "select 3"), outcome(3, 3)],
    ]);
    expect(events).toHaveLength(3);
    expect(() =>
      joinAll([[begin(1, "a"), outcome(1, 1), begin(2, "b"), outcome(2, 2), outcome(1, 3)]]),
    ).toThrow(expect.objectContaining({ code: "input.invalid" }));
  });
});

describe("the end of a session", () => {
  test("tells of statements without outcome", () => {
    const { events, progress } = join([begin(1, "select pg_sleep(9)"), end(2)]);
    expect(events.map(({ event }) => event)).toEqual(["db.session.query", "db.session.end"]);
    expect(events[0]).toMatchObject({
      ei: 1,
      code: "TDB02W",
      success: false,
      outcome: "unknown",
      duration_ms: null,
    });
    expect(progress).toMatchObject({ ended: true, open: [] });
  });

  test("is a success only where the server let the session in and nobody cut it off", () => {
    const connected = { type: "connected", time: startedAt } as const;
    expect(join([connected, end(1)]).events[0]).toMatchObject({ code: "TDB01I", success: true });
    expect(join([end(1)]).events[0]).toMatchObject({ code: "TDB01W", success: false });
    expect(join([connected, end(1, { reason: "access_ended" })]).events[0]).toMatchObject({ code: "TDB01W" });
  });

  test("is final", () => {
    expect(() => join([end(1), begin(2, "select 1")])).toThrow(
      expect.objectContaining({ code: "input.invalid" }),
    );
  });
});

test("a statement that the server passed over gives no event and takes its place", () => {
  const { events, progress } = join([
    begin(1, "bad", { protocol: "extended" }),
    begin(2, "select 1", { protocol: "extended" }),
    outcome(1, 1, { success: false }),
    { type: "skipped", ei: 2, statement_id: "st_2", time: startedAt },
  ]);
  expect(queries(events).map(({ ei }) => ei)).toEqual([1]);
  expect(progress).toMatchObject({ open: [], taken: [[0, 2]] });
});

test("a cancel is an event of its own", () => {
  const cancel = { type: "cancel", ei: 1, time: startedAt, address: "192.0.2.9" } as const;
  expect(join([cancel]).events[0]).toMatchObject({
    event: "db.session.cancel",
    code: "PDB01I",
    "addr.remote": "192.0.2.9",
  });
});

test("a host's clock can't put events before the session's start or after now", () => {
  const early = join([begin(1, "a", { time: 0 }), outcome(1, 1)]).events[0];
  const late = join([begin(1, "a", { time: startedAt + 9e9 }), outcome(1, 1)]).events[0];
  expect([early?.time, late?.time]).toEqual([context.started_at, new Date(context.now).toISOString()]);
});

test.each([
  ["an outcome without begin", [outcome(1, 1)]],
  [
    "a second outcome of an extended statement",
    [begin(1, "a", { protocol: "extended" }), outcome(1, 1), outcome(1, 2)],
  ],
  ["the same outcome twice", [begin(1, "a"), outcome(1, 1), outcome(1, 1)]],
  ["two begins of one statement", [begin(1, "a"), { ...begin(2, "a"), statement_id: "st_1" }]],
  ["a place that is taken", [begin(1, "a"), begin(1, "b", { statement_id: "st_other" })]],
  ["the place of the start", [begin(0, "a")]],
])("%s is refused", (_, records) => {
  expect(() => join(records)).toThrow(expect.objectContaining({ code: "input.invalid" }));
});

/** Records as a proxy makes them: statements begin in order, are answered in order, some with several replies. */
const recordSequence = fc
  .array(fc.record({ replies: fc.integer({ min: 1, max: 3 }), ahead: fc.boolean(), simple: fc.boolean() }), {
    maxLength: 20,
  })
  .map((statements) => {
    const records: AuditRecord[] = [{ type: "connected", time: startedAt }];
    const waiting: (() => void)[] = [];
    let ei = 0;
    for (const { replies, ahead, simple } of statements) {
      const own = ++ei;
      records.push(begin(own, `select ${own}`, { protocol: simple ? "simple" : "extended" }));
      waiting.push(() => {
        records.push(outcome(own, own));
        for (let index = 1; index < (simple ? replies : 1); index += 1)
          records.push(outcome(own, ++ei, { statement_index: index }));
      });
      if (!ahead) for (const answer of waiting.splice(0)) answer();
    }
    records.push(end(++ei));
    return records;
  });

test("any split of the same records into chunks gives the same events", () => {
  fc.assert(
    fc.property(recordSequence, fc.array(fc.nat(60), { maxLength: 8 }), (records, cuts) => {
      const bounds = [
        0,
        ...cuts.map((cut) => Math.min(cut, records.length)).sort((a, b) => a - b),
        records.length,
      ];
      const chunks = bounds.slice(1).map((bound, index) => records.slice(bounds[index], bound));
      const whole = join(records);
      expect(joinAll(chunks)).toEqual(whole.events);
      expect(whole.progress.taken).toHaveLength(1);
    }),
    { numRuns: 200 },
  );
});
