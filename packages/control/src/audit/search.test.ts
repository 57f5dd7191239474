import type { AuditEvent } from "@postern/core/audit/event";
import { formatTime, hour, minute } from "@postern/core/time";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { certificateFor, createScene, openAllowed, requestWith } from "../access/test-support.ts";
import {
  admin,
  createDeps,
  createRole,
  createUser,
  loginAs,
  type TestDeps,
} from "../identity/test-support.ts";
import { recordEvent } from "./append.ts";
import { ingestAudit } from "./ingest.ts";
import { searchAudit } from "./search.ts";
import { begin, end, outcome } from "./test-support.ts";

type Query = Omit<Parameters<typeof searchAudit>[2], "limit"> & { limit?: number };

/** Every page, newest first, as one list, newest last. */
async function searchAll(deps: TestDeps, query: Query): Promise<{ events: AuditEvent[]; pages: number }> {
  const events: AuditEvent[] = [];
  let pages = 0;
  let cursor: string | undefined;
  do {
    const page = await searchAudit(deps, admin, {
      limit: 200,
      ...query,
      ...(cursor !== undefined && { cursor }),
    });
    events.unshift(...page.events);
    ({ cursor } = page);
    pages += 1;
  } while (cursor !== undefined);
  return { events, pages };
}

async function logOut(deps: TestDeps, user: string): Promise<void> {
  await recordEvent(deps, {
    event: "user.logout",
    code: "PU001I",
    user,
    login_session: "ls_1",
    "addr.remote": "192.0.2.1",
    success: true,
  });
}

describe("a search", () => {
  test("gives each event once, newest last, however it is paged, across hours, chunks and equal times", async () => {
    const deps = createDeps();
    const expected = 60;
    for (let index = 0; index < expected; index += 1) {
      await logOut(deps, `user${index}`);
      if (index % 3 > 0) deps.advance(17 * minute); // some at the same time
    }
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 70 }), async (limit) => {
        const { events } = await searchAll(deps, { limit });
        expect(new Set(events.map(({ uid }) => uid)).size).toBe(expected);
        expect(events).toHaveLength(expected);
        expect(events.map(({ time }) => time)).toEqual(events.map(({ time }) => time).toSorted());
      }),
      { numRuns: 12 },
    );
  });

  test("finds statements by session, user, event and time, among others'", async () => {
    const scene = await createScene();
    const { deps, host } = scene;
    const sids: string[] = [];
    for (let session = 0; session < 3; session += 1) {
      const { sid } = await openAllowed(scene, requestWith(await certificateFor(scene)));
      sids.push(sid);
      deps.advance(minute);
      const time = deps.clock();
      const records = [begin(1, `select ${session}`, { time }), outcome(1, 1), end(2, { time })];
      await ingestAudit(deps, host, { sid, chunk: 0, records });
      await scene.beat();
    }
    await logOut(deps, "bob");
    const codes = async (query: Query) => (await searchAll(deps, query)).events.map(({ code }) => code);
    expect((await codes({ sid: sids[1] })).toSorted()).toEqual(["TDB00I", "TDB01W", "TDB02I"]);
    expect(await codes({ event: "db.session.query", limit: 2 })).toEqual(["TDB02I", "TDB02I", "TDB02I"]);
    expect(await codes({ user: "bob" })).toEqual(["PU001I"]);
    expect(await codes({ user: "nobody" })).toEqual([]);
    const until = formatTime(deps.clock() - minute);
    const since = formatTime(deps.clock() - 2 * minute);
    expect(await codes({ event: "db.session.query", since, until })).toEqual(["TDB02I"]);
  });

  test("finds a statement under the time when it began, also hours later", async () => {
    const scene = await createScene();
    const { deps, host } = scene;
    const { sid } = await openAllowed(scene, requestWith(await certificateFor(scene)));
    const began = deps.clock() + minute;
    deps.advance(minute);
    await ingestAudit(deps, host, { sid, chunk: 0, records: [begin(1, "vacuum", { time: began })] });
    deps.advance(5 * hour);
    const second = begin(2, "select 1", { time: deps.clock() });
    await ingestAudit(deps, host, { sid, chunk: 1, records: [outcome(1, 1), second, outcome(2, 2)] });
    const search = async (since: number, until: number) =>
      (
        await searchAll(deps, {
          sid,
          since: formatTime(since),
          until: formatTime(until),
          event: "db.session.query",
        })
      ).events;
    expect(await search(began, began + 1)).toMatchObject([{ db_query: "vacuum" }]);
    expect(await search(began + 1, deps.clock() + 1)).toMatchObject([{ db_query: "select 1" }]);
    expect(await search(began, deps.clock() + 1)).toHaveLength(2);
  });

  test("over months goes on from its cursors, each call with bounded work", async () => {
    const deps = createDeps();
    await logOut(deps, "first");
    deps.advance(30 * 24 * hour);
    await logOut(deps, "last");
    const since = formatTime(deps.clock() - 31 * 24 * hour);
    const { events, pages } = await searchAll(deps, { since });
    expect(events.map((event) => "user" in event && event.user)).toEqual(["first", "last"]);
    expect(pages).toBeGreaterThan(5);
  });

  test("ends a page before its answer is too big", async () => {
    const scene = await createScene();
    const { sid } = await openAllowed(scene, requestWith(await certificateFor(scene)));
    for (let chunk = 0; chunk < 6; chunk += 1) {
      const ei = chunk + 1;
      const records = [begin(ei, "x".repeat(1_000_000), { protocol: "extended" }), outcome(ei, ei)] as const;
      await ingestAudit(scene.deps, scene.host, { sid, chunk, records: [...records] });
    }
    const { events, pages } = await searchAll(scene.deps, { event: "db.session.query" });
    expect([events.length, pages]).toEqual([6, 2]);
  });

  test("refuses a cursor that it didn't give", async () => {
    const deps = createDeps();
    for (const cursor of ["", "x", "2026-99-99T10:00:00.000Z_", "2026-03-04T10:00:00.000Z_#"]) {
      await expect(searchAudit(deps, admin, { limit: 1, cursor })).rejects.toMatchObject({
        code: "input.invalid",
      });
    }
  });

  test("is for those who may list events", async () => {
    const deps = createDeps();
    await createRole(deps, "auditor", { allow: { rules: [{ resources: ["event"], verbs: ["list"] }] } });
    await createRole(deps, "plain", { allow: {} });
    await createUser(deps, "carol", ["auditor"]);
    await createUser(deps, "dave", ["plain"]);
    const [carol, dave] = [await loginAs(deps, "carol"), await loginAs(deps, "dave")];
    expect((await searchAudit(deps, carol.call, { limit: 10 })).events.length).toBeGreaterThan(0);
    await expect(searchAudit(deps, dave.call, { limit: 10 })).rejects.toMatchObject({
      code: "access.denied",
    });
  });
});
