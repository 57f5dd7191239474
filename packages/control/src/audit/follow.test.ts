import type { RunningStatement } from "@postern/core/api/read";
import type { AuditEvent } from "@postern/core/audit/event";
import { hour, minute, second } from "@postern/core/time";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { certificateFor, createScene, openAllowed, requestWith } from "../access/test-support.ts";
import { admin, createDeps, createUser, loginAs, type TestDeps } from "../identity/test-support.ts";
import { eventWrites, recordEvent } from "./append.ts";
import { followAudit } from "./follow.ts";
import { ingestAudit } from "./ingest.ts";
import { begin, end, outcome } from "./test-support.ts";

const logout = (user: string) =>
  ({
    event: "user.logout",
    code: "PU001I",
    user,
    login_session: "ls_1",
    "addr.remote": "192.0.2.1",
    success: true,
  }) as const;

interface Filter {
  readonly user?: string;
  readonly event?: string;
}

/** Follows the log as a client does, from now on. */
async function createFollower(deps: TestDeps, filter: Filter = {}) {
  let { cursor } = await followAudit(deps, admin, filter);
  /** How often each was answered. */
  const answered = new Map<string, number>();
  const poll = async (): Promise<{ events: AuditEvent[]; running: RunningStatement[] }> => {
    deps.advance(second);
    const events: AuditEvent[] = [];
    const running: RunningStatement[] = [];
    for (let more = true; more; ) {
      const page = await followAudit(deps, admin, { ...filter, cursor });
      for (const event of page.events) {
        if (!answered.has(event.uid)) events.push(event);
        answered.set(event.uid, (answered.get(event.uid) ?? 0) + 1);
      }
      running.push(...page.running);
      ({ cursor, more } = page);
    }
    return { events, running };
  };
  const users = async () => (await poll()).events.map((event) => ("user" in event ? event.user : ""));
  return { poll, users, answered, cursor: () => cursor };
}

describe("who follows the log", () => {
  test("sees what arrives from now on, each event once, at the next call", async () => {
    const deps = createDeps();
    await recordEvent(deps, logout("before"));
    deps.advance(second);
    const { users, answered } = await createFollower(deps);
    expect(await users()).toEqual([]);
    for (let index = 0; index < 40; index += 1) {
      await recordEvent(deps, logout(`user${index}`));
      const last = index % 2 === 0 ? (await users()).at(-1) : `user${index}`;
      expect(last).toBe(`user${index}`);
      deps.advance((index % 5) * second + 1); // within a millisecond they have no order
    }
    await users();
    expect([...answered.values()]).toEqual(Array.from({ length: 40 }, () => 1));
  });

  test("sees what arrives late, or from a writer whose clock is some seconds off", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            error: fc.integer({ min: -8_000, max: 8_000 }),
            pause: fc.integer({ min: 0, max: 4_000 }),
          }),
          { maxLength: 25 },
        ),
        async (writes) => {
          const deps = createDeps();
          const { poll, answered } = await createFollower(deps);
          for (const { error, pause } of writes) {
            const clock = () => deps.clock() + error;
            await deps.store.commit(eventWrites({ ...deps, clock }, [logout("bob")]));
            await poll();
            deps.advance(pause);
          }
          deps.advance(30 * second);
          await poll();
          expect(answered.size).toBe(writes.length);
        },
      ),
      { numRuns: 25 },
    );
  });

  test("misses nothing of many writers, and sees nothing twice that came in time", async () => {
    const deps = createDeps();
    const { poll, answered } = await createFollower(deps);
    const writers = Array.from({ length: 8 }, async () => {
      for (let count = 0; count < 40; count += 1) await recordEvent(deps, logout("bob"));
    });
    const written = Promise.all(writers).then(() => true);
    const isDone = async () => await Promise.race([written, poll().then(() => false)]);
    while (!(await isDone()));
    await poll();
    await poll();
    expect(answered.size).toBe(320);
  });

  test("sees a statement while it runs, and its event when it is done, hours after it began", async () => {
    const scene = await createScene();
    const { deps, host } = scene;
    const { sid } = await openAllowed(scene, requestWith(await certificateFor(scene)));
    const { poll } = await createFollower(deps);
    const time = deps.clock();
    await ingestAudit(deps, host, { sid, chunk: 0, records: [begin(1, "vacuum", { time })] });
    expect((await poll()).running).toMatchObject([{ sid, user: "alice", db_query: "vacuum" }]);
    expect(await poll()).toEqual({ events: [], running: [] });
    deps.advance(50 * minute);
    await poll();
    deps.advance(50 * minute);
    await poll();
    await ingestAudit(deps, host, { sid, chunk: 1, records: [outcome(1, 1), end(2)] });
    const { events, running } = await poll();
    expect(running).toEqual([]);
    expect(events.map(({ code }) => code)).toEqual(["TDB02I", "TDB01W"]);
  });

  test("sees what he asks for alone", async () => {
    const scene = await createScene();
    const { deps, host } = scene;
    deps.advance(second);
    const [mine, statements, others] = await Promise.all([
      createFollower(deps, { user: "alice" }),
      createFollower(deps, { event: "db.session.query" }),
      createFollower(deps, { user: "bob", event: "user.logout" }),
    ]);
    deps.advance(1);
    const { sid } = await openAllowed(scene, requestWith(await certificateFor(scene)));
    await ingestAudit(deps, host, {
      sid,
      chunk: 0,
      records: [begin(1, "select 1"), outcome(1, 1), begin(2, "x")],
    });
    await recordEvent(deps, logout("bob"));
    await scene.beat();
    const names = async ({ poll }: typeof mine) => (await poll()).events.map(({ event }) => event).toSorted();
    expect(await names(mine)).toEqual(["cert.create", "db.session.query", "db.session.start"]);
    expect(await names(statements)).toEqual(["db.session.query"]);
    expect(await names(others)).toEqual(["user.logout"]);
  });

  test("gets what one answer can't hold in several", async () => {
    const scene = await createScene();
    const { deps, host } = scene;
    const { sid } = await openAllowed(scene, requestWith(await certificateFor(scene)));
    const { poll, answered } = await createFollower(deps, { event: "db.session.query" });
    for (let chunk = 0; chunk < 8; chunk += 1) {
      const ei = chunk + 1;
      const records = [begin(ei, "x".repeat(1_000_000), { protocol: "extended" }), outcome(ei, ei)] as const;
      await ingestAudit(deps, host, { sid, chunk, records: [...records] });
    }
    expect((await poll()).events).toHaveLength(8);
    expect([...answered.values()]).toEqual(Array.from({ length: 8 }, () => 1));
  });

  test("catches up after most of an hour, and is told when he was away for longer", async () => {
    const deps = createDeps();
    const { users, cursor } = await createFollower(deps);
    await recordEvent(deps, logout("early"));
    deps.advance(50 * minute);
    await recordEvent(deps, logout("late"));
    const old = cursor();
    expect(await users()).toEqual(["early", "late"]);
    deps.advance(hour);
    await expect(followAudit(deps, admin, { cursor: old })).rejects.toMatchObject({
      code: "resource.changed",
    });
  });

  test("gives back no cursor but his own", async () => {
    const deps = createDeps();
    const { cursor } = await followAudit(deps, admin, {});
    for (const wrong of [
      "",
      "x",
      `${cursor}#`,
      cursor.replace("2026-03", "2026-13"),
      cursor.replace(/_0$/, "_x"),
    ])
      await expect(followAudit(deps, admin, { cursor: wrong })).rejects.toMatchObject({
        code: "input.invalid",
      });
  });

  test("may list events", async () => {
    const deps = createDeps();
    await createUser(deps, "dave", []);
    const { call } = await loginAs(deps, "dave");
    await expect(followAudit(deps, call, {})).rejects.toMatchObject({ code: "access.denied" });
  });
});
