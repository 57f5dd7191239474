import type { Change } from "@postern/core/api/host";
import { day, minute, second } from "@postern/core/time";
import { expect, test } from "vitest";
import type { Call, CallerOf } from "../caller.ts";
import { address, createDeps, type TestDeps } from "../identity/test-support.ts";
import { changeWrites } from "./append.ts";
import { getChanges } from "./read.ts";

const host: Call<CallerOf<"host">> = { caller: { type: "host", hostId: "ho_1", thumbprint: "t" }, address };

const ended = (sid: string): Change => ({ type: "session_ended", sid, reason: "an admin ended it" });

async function append(deps: TestDeps, sid: string, clockError = 0): Promise<void> {
  await deps.store.commit(changeWrites({ ...deps, clock: () => deps.clock() + clockError }, [ended(sid)]));
}

async function read(deps: TestDeps, after?: string) {
  const { cursor, changes } = await getChanges(deps, host, { after });
  return {
    cursor,
    sids: changes.map(({ change }) => (change.type === "session_ended" ? change.sid : "")),
    ids: changes.map(({ id }) => id),
  };
}

/** Polls every second for a while; how often each entry was answered. */
async function poll(deps: TestDeps, from: string | undefined, seconds: number) {
  const seen = new Map<string, number>();
  let cursor = from;
  for (let passed = 0; passed < seconds; passed += 1) {
    const answer = await read(deps, cursor);
    ({ cursor } = answer);
    for (const sid of answer.sids) seen.set(sid, (seen.get(sid) ?? 0) + 1);
    deps.advance(second);
  }
  return { seen, cursor };
}

test("an entry is answered at the next poll, and no more after some seconds", async () => {
  const deps = createDeps();
  const { cursor } = await read(deps);
  await append(deps, "one");
  const { sids, ids } = await read(deps, cursor);
  expect(sids).toEqual(["one"]);
  expect((await read(deps, cursor)).ids).toEqual(ids); // answered again, it is known by its id
  const { cursor: later } = await poll(deps, cursor, 30);
  expect((await read(deps, later)).sids).toEqual([]);
});

test("entries of writers whose clocks are some seconds off are neither lost nor repeated for ever", async () => {
  const deps = createDeps();
  const { cursor } = await poll(deps, undefined, 5);
  await append(deps, "behind", -8 * second);
  await append(deps, "ahead", 8 * second);
  const { seen } = await poll(deps, cursor, 60);
  expect([...seen.keys()].toSorted()).toEqual(["ahead", "behind"]);
  for (const times of seen.values()) expect(times).toBeLessThanOrEqual(20);
});

test("thousands of entries come at once, and more than one answer holds in several, none lost", async () => {
  const deps = createDeps();
  const { cursor } = await read(deps);
  for (let batch = 0; batch < 52; batch += 1) {
    const changes = Array.from({ length: 100 }, (_, index) => ended(`${batch}-${index}`));
    await deps.store.commit(changeWrites(deps, changes));
  }
  expect((await read(deps, cursor)).sids).toHaveLength(5_000);
  const { seen } = await poll(deps, cursor, 30);
  expect(seen.size).toBe(5_200);
});

test("a host that was away for hours catches up", async () => {
  const deps = createDeps();
  let { cursor } = await read(deps);
  await append(deps, "early");
  deps.advance(20 * 60 * minute);
  await append(deps, "late");
  const seen: string[] = [];
  for (let round = 0; round < 15; round += 1) {
    const answer = await read(deps, cursor);
    ({ cursor } = answer);
    seen.push(...answer.sids);
  }
  expect([...new Set(seen)]).toEqual(["early", "late"]);
});

test("a cursor whose entries are gone is refused, as is one that was never given", async () => {
  const deps = createDeps();
  const { cursor } = await read(deps);
  deps.advance(day);
  await expect(read(deps, cursor)).rejects.toMatchObject({ code: "resource.changed" });
  for (const wrong of ["", "x", "2026-13-01T00:00:00.000Z", `${cursor}#`]) {
    await expect(read(deps, wrong)).rejects.toMatchObject({ code: "input.invalid" });
  }
});

test("an entry of before users' accounts were named ends all of the user's, and holds nobody up", async () => {
  const deps = createDeps();
  const old = { type: "user_ended", user: "alice", reason: "locked" };
  const [put] = changeWrites(deps, [ended("one")]);
  if (put?.type !== "put") throw new Error("a change is a put");
  await deps.store.commit([{ ...put, value: old }]);
  const { changes } = await getChanges(deps, host, {});
  expect(changes.map(({ change }) => change)).toEqual([{ ...old, account: null }]);
});
