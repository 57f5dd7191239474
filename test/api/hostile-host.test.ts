/** A host that was broken into says what no honest one does: it must harm nothing but itself. */
import { certificateFor, type HostCall, requestWith } from "@postern/control/access/test-support";
import { ingestAudit } from "@postern/control/audit/ingest";
import { loadSession } from "@postern/control/audit/session-record";
import { sweepLostSessions } from "@postern/control/audit/sweep";
import { sessionKey } from "@postern/control/keys";
import { AuditPage } from "@postern/core/api/read";
import type { AuditEvent } from "@postern/core/audit/event";
import { StatementBegin } from "@postern/core/audit/record";
import { hour, minute } from "@postern/core/time";
import { describe, expect, test } from "vitest";
import { type Answer, type Api, createApi, heartbeatOf, joinHost, statedDatabase } from "./support/api.ts";

/** An API with a session that its host has opened over HTTP. */
async function createSession(): Promise<Api & { readonly sid: string }> {
  const api = await createApi();
  return { ...api, sid: await open(api) };
}

async function open(api: Api, more: object = {}): Promise<string> {
  await api.call(api.identities.host, heartbeatOf(statedDatabase()));
  const request = { ...requestWith(await certificateFor(api.scene)), ...more };
  const { body } = await api.call(api.identities.host, {
    method: "POST",
    path: "/v1/sessions",
    body: request,
  });
  return (body as { sid: string }).sid; // or undefined, which no expectation takes for a session
}

async function ingest(
  { call, identities }: Api,
  sid: string,
  chunk: number,
  ...records: readonly object[]
): Promise<Answer> {
  return await call(identities.host, { method: "POST", path: "/v1/audit", body: { sid, chunk, records } });
}

function begin(ei: number, more: object = {}): object {
  return {
    type: "begin",
    ei,
    statement_id: `st_${ei}`,
    time: 0,
    protocol: "extended",
    text: "select 1",
    ...more,
  };
}

function outcome(of: number, more: object = {}): object {
  const facts = { statement_index: 0, time: 0, duration_ms: 1, success: true };
  return { type: "outcome", ei: of, statement_id: `st_${of}`, ...facts, ...more };
}

/** That everybody else's work goes on: the log is searched, databases are listed, the sweep runs. */
async function expectUnharmed({ call, identities, scene, events }: Api): Promise<void> {
  expect((await events()).length).toBeGreaterThan(0);
  expect(await call(identities.user, { method: "GET", path: "/v1/databases" })).toMatchObject({
    status: 200,
  });
  await sweepLostSessions(scene.deps);
}

describe("a heartbeat is refused as a whole", () => {
  test.each([
    ["with labels that no database can have", [statedDatabase({ name: "x", labels: { "a b": "\0" } })]],
    ["with a prototype for a label", [statedDatabase({ labels: JSON.parse('{"__proto__":"x"}') })]],
    ["with more labels than an item holds", [statedDatabase({ name: "x", labels: manyLabels(3_000) })]],
    ["that states one database twice", [statedDatabase(), statedDatabase()]],
    ["with a name that makes no key", [statedDatabase({ name: "\ud800" })]],
  ])("%s", async (_, databases) => {
    const api = await createApi();
    expect(await api.call(api.identities.host, heartbeatOf(...databases))).toMatchObject({
      status: 400,
      code: "input.invalid",
    });
    await expectUnharmed(api);
  });
});

function manyLabels(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "x".repeat(250)]));
}

test("an address that the host's certificate doesn't name is refused, and audited once", async () => {
  const { call, identities, events } = await createApi();
  const beat = heartbeatOf(statedDatabase());
  const elsewhere = { ...beat, body: { ...(beat.body as object), public_addr: "db.evil.example:5440" } };
  for (const _ of [1, 2, 3]) expect((await call(identities.host, elsewhere)).status).toBe(400);
  const refused = await events("host.refused");
  expect(refused).toMatchObject([{ action: "db.register", success: false }]);
  expect(JSON.stringify(refused)).toContain("db.evil.example");
});

test.each([
  ["an empty client address", { client_addr: "" }],
  ["an idempotency key of nothing", { idempotency_key: "" }],
])("a session is not opened with %s", async (_, more) => {
  const api = await createApi();
  expect(await open(api, more)).toBeUndefined();
  await expectUnharmed(api);
});

describe("records are refused", () => {
  test.each<[string, readonly object[]]>([
    ["with a place beyond which nothing can be counted", [begin(Number.MAX_SAFE_INTEGER)]],
    [
      "with an index beyond which nothing can be counted",
      [begin(1, { protocol: "simple" }), outcome(1, { statement_index: Number.MAX_SAFE_INTEGER })],
    ],
    [
      "of a Query with parameters",
      [begin(1, { protocol: "simple", parameters: [{ format: "text", value: "x" }] })],
    ],
    ["with a number that JSON can't have", [outcome(1, { duration_ms: "1e999" })]],
    ["that begin a statement twice", [begin(1), begin(2, { statement_id: "st_1" })]],
    ["with an outcome of nothing", [outcome(7)]],
    ["with a place taken twice", [begin(1), begin(1, { statement_id: "st_2" })]],
  ])("%s", async (_, records) => {
    const api = await createSession();
    expect(await ingest(api, api.sid, 0, ...records)).toMatchObject({ status: 400, code: "input.invalid" });
    await expectUnharmed(api);
  });

  test("when they are of a session whose name is none", async () => {
    const api = await createApi();
    for (const sid of ["", "\ud800", "../x", "x".repeat(64), "a#b"]) {
      expect(await ingest(api, sid, 0, begin(1))).toMatchObject({ status: 400 });
    }
  });

  test("of another host's session, or of none, alike; both are audited", async () => {
    const api = await createSession();
    const { call, events, sid } = api;
    const other = await joinHost(api, statedDatabase());
    const none = "00000000-0000-8000-8000-000000000000";
    const answers = [];
    for (const theirs of [sid, none]) {
      const body = { sid: theirs, chunk: 0, records: [begin(1)] };
      answers.push(await call(other, { method: "POST", path: "/v1/audit", body }));
    }
    expect(answers[0]).toMatchObject({ status: 403, code: "access.denied" });
    expect(answers[1]).toEqual(answers[0]);
    const refused = (await events("host.refused")).map((event) => "sid" in event && event.sid);
    expect(new Set(refused)).toEqual(new Set([sid, none]));
  });

  test("once statements have begun in more hours than one end could tell of", async () => {
    const { scene, sid } = await createSession();
    const host = await hostCall(scene, sid);
    const record = (ei: number) => StatementBegin.parse(begin(ei, { time: scene.deps.clock() }));
    for (let ei = 1; ei <= 24; ei += 1) {
      await ingestAudit(scene.deps, host, { sid, chunk: ei - 1, records: [record(ei)] });
      scene.deps.advance(hour);
    }
    const refused = ingestAudit(scene.deps, host, { sid, chunk: 24, records: [record(25)] });
    await expect(refused).rejects.toMatchObject({ code: "input.invalid" });
  });
});

test("a statement too large for an answer is taken, shown cut, and hides none beside it", async () => {
  const api = await createSession();
  const { call, identities, sid } = api;
  const parameters = [{ format: "text", value: '"'.repeat(900_000) }];
  const large = begin(1, { text: '"'.repeat(1_048_576), parameters });
  expect(await ingest(api, sid, 0, large)).toMatchObject({ status: 200 });
  const text = { text: "\u0001".repeat(650_000) };
  expect(await ingest(api, sid, 1, outcome(1, text))).toMatchObject({ status: 200 });
  expect(await ingest(api, sid, 2, begin(2), outcome(2))).toMatchObject({ status: 200 });
  const sizes: number[] = [];
  const found: AuditEvent[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const query = { sid, ...(cursor !== undefined && { cursor }) };
    const { body } = await call(identities.admin, { method: "GET", path: "/v1/audit", query });
    sizes.push(Buffer.byteLength(JSON.stringify(JSON.stringify(body))));
    const page = AuditPage.parse(body);
    found.push(...page.events);
    ({ cursor } = page);
  }
  expect(Math.max(...sizes)).toBeLessThan(6 * 1024 * 1024);
  const cut = found.find((event) => event.event === "db.session.query" && event.ei === 1);
  expect(cut).toMatchObject({ db_query_parameters: [], db_query_cut: { bytes: 650_000 } });
  expect(found).toHaveLength(3);
});

describe("a session that its host leaves open", () => {
  test("at the last place there is, is ended by the sweep, and can be searched and replayed", async () => {
    const api = await createSession();
    const { scene, sid, call, identities, events } = api;
    expect(await ingest(api, sid, 0, begin(2 ** 48))).toMatchObject({ status: 200 });
    for (const _ of [1, 2, 3]) {
      scene.deps.advance(minute);
      await sweepLostSessions(scene.deps);
    }
    expect(await events("db.session.end")).toMatchObject([{ reason: "proxy_lost", ei: 2 ** 48 + 1 }]);
    expect(await call(identities.admin, { method: "GET", path: `/v1/recordings/${sid}` })).toMatchObject({
      status: 200,
    });
  });

  test("past its end, while the host lives, is ended by the sweep", async () => {
    const api = await createSession();
    const { scene, sid, events } = api;
    const swept: string[] = [];
    for (let passed = 0; passed < 13 * hour; passed += 20 * minute) {
      await scene.beat(await hostCall(scene, sid), []);
      swept.push(...(await sweepLostSessions(scene.deps)));
      scene.deps.advance(20 * minute);
    }
    await scene.beat(await hostCall(scene, sid), []);
    swept.push(...(await sweepLostSessions(scene.deps)));
    expect(swept).toEqual([sid]);
    expect(await events("db.session.end")).toMatchObject([{ reason: "proxy_lost" }]);
  });

  test("and whose record can't be read keeps no other from being ended", async () => {
    const api = await createApi();
    const sids = [await open(api), await open(api), await open(api), await open(api)];
    const { deps } = api.scene;
    const key = sessionKey(sids[1] ?? "");
    await deps.store.commit([{ type: "put", key, value: { broken: true }, condition: { type: "present" } }]);
    deps.advance(minute);
    await sweepLostSessions(deps);
    deps.advance(2 * minute);
    await expect(sweepLostSessions(deps)).rejects.toBeInstanceOf(AggregateError);
    expect(await api.events("db.session.end")).toHaveLength(3);
  });
});

/** The session's host, as it is once its certificate was checked: that lasts a day, which these tests outlast. */
async function hostCall({ deps }: Api["scene"], sid: string): Promise<HostCall> {
  const session = await loadSession(deps.store, sid);
  const hostId = session?.record.session.host_id ?? "";
  return { caller: { type: "host", hostId, thumbprint: "" }, address: "192.0.2.1" };
}
