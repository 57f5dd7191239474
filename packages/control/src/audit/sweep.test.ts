import { minute, second } from "@postern/core/time";
import { expect, test } from "vitest";
import { certificateFor, createScene, openAllowed, requestWith } from "../access/test-support.ts";
import { admin } from "../identity/test-support.ts";
import { ingestAudit } from "./ingest.ts";
import { getRecording, listRecordings } from "./recording.ts";
import { sweepLostSessions } from "./sweep.ts";
import { begin, end, outcome } from "./test-support.ts";

async function createSession() {
  const scene = await createScene();
  const { sid } = await openAllowed(scene, requestWith(await certificateFor(scene)));
  const ingest = async (chunk: number, records: Parameters<typeof ingestAudit>[2]["records"]) =>
    await ingestAudit(scene.deps, scene.host, { sid, chunk, records });
  return { ...scene, sid, ingest };
}

/** Sweeps every half a minute, as a schedule would. */
async function sweepFor(
  deps: Awaited<ReturnType<typeof createSession>>["deps"],
  ms: number,
): Promise<string[]> {
  const lost: string[] = [];
  for (let passed = 0; passed < ms; passed += 30 * second) {
    deps.advance(30 * second);
    lost.push(...(await sweepLostSessions(deps)));
  }
  return lost;
}

test("the session of a lost host is ended, its running statement is unknown, and the first gap is named", async () => {
  const { deps, sid, ingest } = await createSession();
  await ingest(0, [
    { type: "connected", time: deps.clock() },
    begin(1, "select 1"),
    outcome(1, 1),
    begin(2, "select pg_sleep(600)"),
  ]);
  expect(await sweepFor(deps, 3 * minute)).toEqual([sid]);
  const { events } = await getRecording(deps, admin, { sid });
  expect(events.slice(2)).toMatchObject([
    { event: "db.session.query", ei: 2, code: "TDB02W", outcome: "unknown" },
    {
      event: "db.session.end",
      ei: 3,
      code: "TDB01W",
      reason: "proxy_lost",
      first_missing_ei: 3,
      statements: 1,
    },
  ]);
  expect((await listRecordings(deps, admin, { limit: 1 })).recordings[0]?.ended_at).not.toBeNull();
  await expect(ingest(1, [outcome(2, 2)])).rejects.toMatchObject({ code: "input.invalid" });
});

test("several sweeps end a session once", async () => {
  const { deps, sid } = await createSession();
  deps.advance(minute);
  await sweepLostSessions(deps);
  deps.advance(2 * minute);
  const lost = await Promise.all(Array.from({ length: 5 }, async () => await sweepLostSessions(deps)));
  expect(lost.flat()).toEqual([sid]);
  expect((await getRecording(deps, admin, { sid })).events).toHaveLength(2);
  expect(await sweepFor(deps, 2 * minute)).toEqual([]);
});

test("a host that comes back in time keeps its sessions", async () => {
  const { deps, beat } = await createSession();
  for (let round = 0; round < 5; round += 1) {
    expect(await sweepFor(deps, minute)).toEqual([]);
    await beat();
    expect(await sweepLostSessions(deps)).toEqual([]);
  }
});

test("a session that ended by itself isn't swept", async () => {
  const { deps, ingest } = await createSession();
  await ingest(0, [end(1)]);
  expect(await sweepFor(deps, 5 * minute)).toEqual([]);
});

test("a host that lives keeps its sessions, even while it may serve nothing new", async () => {
  const { deps, host, beat } = await createSession();
  for (let round = 0; round < 10; round += 1) {
    await beat(host, []);
    deps.advance(20 * second);
    expect(await sweepLostSessions(deps)).toEqual([]);
  }
});
