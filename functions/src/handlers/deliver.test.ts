import { certificateFor, createScene, openAllowed, requestWith } from "@postern/control/access/test-support";
import { ingestAudit } from "@postern/control/audit/ingest";
import { searchAudit } from "@postern/control/audit/search";
import { begin, end, outcome } from "@postern/control/audit/test-support";
import { admin } from "@postern/control/identity/test-support";
import type { AuditEvent } from "@postern/core/audit/event";
import type { Change, ChangeFeed, Store } from "@postern/store/port";
import { expect, test } from "vitest";
import { deliverChanges } from "./deliver.ts";

/** The scene's store is SQLite, which has its change feed with it. */
function isFeed(store: Store): store is Store & ChangeFeed {
  return "changes" in store;
}

async function allChanges(store: Store): Promise<readonly Change[]> {
  if (!isFeed(store)) throw new Error("no change feed");
  return (await store.changes(undefined, 1000)).changes;
}

/** A deployment with a session of which some was recorded, a large text among it. */
async function createHistory() {
  const scene = await createScene();
  const { deps, host } = scene;
  const { sid } = await openAllowed(scene, requestWith(await certificateFor(scene)));
  const large = Array.from({ length: 60_000 }, (_, index) => (index * 2_654_435_761).toString(36)).join(" ");
  await ingestAudit(deps, host, {
    sid,
    chunk: 0,
    records: [begin(1, large), outcome(1, 1), begin(2, "select 2")],
  });
  await ingestAudit(deps, host, { sid, chunk: 1, records: [outcome(2, 2), end(3)] });
  const { events } = await searchAudit(deps, admin, { limit: 1000 });
  return { deps, events, changes: await allChanges(deps.store) };
}

function recordingBus() {
  const published: AuditEvent[] = [];
  return {
    published,
    bus: { publish: async (events: readonly AuditEvent[]) => void published.push(...events) },
  };
}

test("every event that was committed is delivered, each once, chunks of several parts among them", async () => {
  const { deps, events, changes } = await createHistory();
  const { bus, published } = recordingBus();
  expect(await deliverChanges({ bus, store: deps.store }, changes)).toBeUndefined();
  const uids = (list: readonly AuditEvent[]) => list.map(({ uid }) => uid).toSorted();
  expect(uids(published)).toEqual(uids(events));
  expect(published.map(({ event }) => event)).toContain("user.create");
  expect(published.filter(({ event }) => event === "db.session.query")).toHaveLength(2);
});

test("where the bus fails, delivery stops at that change and goes on from there", async () => {
  const { deps, events, changes } = await createHistory();
  const { bus, published } = recordingBus();
  let down = false;
  const flaky = {
    publish: async (batch: readonly AuditEvent[]) => {
      if (published.length >= 3 && !down) {
        down = true;
        throw new Error("the bus is down");
      }
      await bus.publish(batch);
    },
  };
  const failed = await deliverChanges({ bus: flaky, store: deps.store }, changes);
  const rest = changes.slice(changes.findIndex(({ cursor }) => cursor === failed));
  expect(await deliverChanges({ bus: flaky, store: deps.store }, rest)).toBeUndefined();
  expect(new Set(published.map(({ uid }) => uid)).size).toBe(events.length);
  expect(published).toHaveLength(events.length);
});
