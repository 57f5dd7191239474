import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordEvent } from "@postern/control/audit/append";
import type { EventBus } from "@postern/control/ports";
import type { AuditEvent } from "@postern/core/audit/event";
import { StoreError } from "@postern/store/error";
import type { ChangeFeed } from "@postern/store/port";
import { openSqliteStore } from "@postern/store/sqlite/store";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startChangeStream } from "./change-stream.ts";
import { createBase } from "./control-plane.ts";
import { loadSettings } from "./settings.ts";

let folder: string;
let store: ReturnType<typeof openSqliteStore>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-stream-"));
  store = openSqliteStore({ path: join(folder, "db"), now: Date.now });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await store.close();
  rmSync(folder, { recursive: true });
});

const act = (name: string) =>
  recordEvent(createBase(store, loadSettings(join(folder, "settings")), 3080), {
    event: "role.deleted",
    code: "T9001I",
    user: "local-admin",
    name,
    "addr.remote": "127.0.0.1",
    success: true,
  });

/** Refuses as often as it is told to. */
function listen(refusals: number) {
  const heard: AuditEvent[] = [];
  let left = refusals;
  const bus: EventBus = {
    publish(events) {
      left -= 1;
      if (left >= 0) return Promise.reject(new Error("the bus is full"));
      heard.push(...events);
      return Promise.resolve();
    },
  };
  return { heard, bus };
}

const names = (events: readonly AuditEvent[]) =>
  events.map((event) => ("name" in event ? event.name : event.event));

test("events reach the bus in their order; one that it refused is delivered again", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  const { heard, bus } = listen(1);
  const stream = startChangeStream({ store, feed: store }, bus);
  await act("first");
  await act("second");
  await expect.poll(() => names(heard), { timeout: 5_000 }).toEqual(["first", "second"]);
  await stream.stop();
});

test("where the changes since are no longer kept, it goes on with those to come", async () => {
  const told = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  let isTrimmed = true;
  const feed: ChangeFeed = {
    ...store,
    changes(cursor, limit) {
      if (cursor !== undefined && isTrimmed)
        return Promise.reject(new StoreError("store.changes-trimmed", "gone"));
      return store.changes(cursor, limit);
    },
  };
  const { heard, bus } = listen(0);
  const stream = startChangeStream({ store, feed }, bus);
  await expect.poll(() => told.mock.calls.length).toBeGreaterThan(0);
  isTrimmed = false;
  await act("later");
  await expect.poll(() => names(heard), { timeout: 5_000 }).toContain("later");
  await stream.stop();
});
