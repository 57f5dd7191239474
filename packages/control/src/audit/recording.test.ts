import { day, formatTime, hour } from "@postern/core/time";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admin, createDeps, type TestDeps } from "../identity/test-support.ts";
import { recordingPartition } from "../keys.ts";
import { toValue } from "../value.ts";
import { listRecordings } from "./recording.ts";
import { dayOf } from "./recording-index.ts";

/** As `recordingPut` writes it. */
async function addRecording(deps: TestDeps, index: number, user = "alice"): Promise<void> {
  const started_at = formatTime(deps.clock());
  const sid = `00000000-0000-8000-8000-${String(index).padStart(12, "0")}`;
  const recording = { sid, user, database: "aurora", db_user: "a", db_name: "p", started_at, ended_at: null };
  const key = { pk: recordingPartition(dayOf(started_at)), sk: `${started_at}#${sid}` };
  const value = toValue({ ...recording, statements: null });
  await deps.store.commit([{ type: "put", key, value, condition: { type: "absent" } }]);
}

type Query = Partial<Parameters<typeof listRecordings>[2]>;

async function listAll(deps: TestDeps, query: Query): Promise<{ sids: number[]; pages: number }> {
  const sids: number[] = [];
  let [pages, cursor]: [number, string | undefined] = [0, undefined];
  do {
    const page = await listRecordings(deps, admin, {
      limit: 200,
      ...query,
      ...(cursor !== undefined && { cursor }),
    });
    sids.unshift(...page.recordings.map(({ sid }) => Number(sid.slice(-12))));
    ({ cursor } = page);
    pages += 1;
  } while (cursor !== undefined);
  return { sids, pages };
}

describe("the list of sessions", () => {
  test("gives each once, newest last, however it is paged, across days", async () => {
    const deps = createDeps();
    const all = Array.from({ length: 40 }, (_, index) => index);
    for (const index of all) {
      await addRecording(deps, index);
      deps.advance(index % 4 === 0 ? 7 * hour : 1);
    }
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), async (limit) => {
        expect((await listAll(deps, { limit })).sids).toEqual(all);
      }),
      { numRuns: 10 },
    );
  });

  test("is of one user, or since a time", async () => {
    const deps = createDeps();
    for (let index = 0; index < 6; index += 1) {
      await addRecording(deps, index, index % 2 === 0 ? "alice" : "bob");
      deps.advance(hour);
    }
    expect((await listAll(deps, { user: "bob", limit: 1 })).sids).toEqual([1, 3, 5]);
    const since = formatTime(deps.clock() - 2 * hour);
    expect((await listAll(deps, { since })).sids).toEqual([4, 5]);
  });

  test("of a year goes on from its cursors, each call with bounded work", async () => {
    const deps = createDeps();
    await addRecording(deps, 1);
    deps.advance(360 * day);
    await addRecording(deps, 2);
    const { sids, pages } = await listAll(deps, { since: formatTime(deps.clock() - 365 * day) });
    expect(sids).toEqual([1, 2]);
    expect(pages).toBeGreaterThan(3);
  });

  test("takes no cursor but its own", async () => {
    const deps = createDeps();
    for (const cursor of ["", "x", "2026-99-99T10:00:00.000Z", "2026-03-04T10:00:00.000Z#"])
      await expect(listRecordings(deps, admin, { limit: 1, cursor })).rejects.toMatchObject({
        code: "input.invalid",
      });
  });
});
