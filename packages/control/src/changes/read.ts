/** What hosts ask every second: which of the sessions that they run are over. */
import { Change, type ChangesResponse } from "@postern/core/api/host";
import { Fault } from "@postern/core/fault";
import { formatTime, minute, second } from "@postern/core/time";
import type { Item, Store } from "@postern/store/port";
import type { z } from "zod";
import type { Call, CallerOf } from "../caller.ts";
import type { Base } from "../ports.ts";
import { changesAt, changesKept, entryPrefix } from "./entry.ts";

/**
 * Writers' clocks differ, and a commit takes its time: an entry may show up this long after the time that it bears. So
 * nothing younger is taken as read: it is answered again until it is older. Ending a session twice is ending it once.
 */
const settling = 10 * second;
/** More than end within `settling`: what is beyond is answered only once these are taken as read. */
const pageSize = 5_000;
/** Of the store's 1000 per query. */
const queryLimit = 1_000;
/** Per answer, so that a host that was away for a day catches up in steps. */
const maxMinutes = 120;

/**
 * The entries after a cursor; without one, those of the last seconds. Each is answered at least once, in no strict
 * order across writers.
 *
 * @throws Fault `input.invalid` for a cursor that isn't one; `resource.changed` where entries after it are no longer kept
 */
export async function getChanges(
  base: Base,
  _call: Call<CallerOf<"host">>,
  { after }: { readonly after?: string | undefined },
): Promise<z.infer<typeof ChangesResponse>> {
  const now = base.clock();
  const start = after === undefined ? entryPrefix(now - settling) : parseCursor(after, now);
  const end = Math.min(now + settling, timeOf(start) + maxMinutes * minute);
  const items = await readEntries(base.store, start, end);
  const last = items.length === pageSize ? items.at(-1)?.key.sk : undefined;
  const settled = entryPrefix(Math.min(now - settling, end));
  const cursor = [start, last !== undefined && last < settled ? last : settled].sort().at(-1) ?? start;
  const changes = items.map(({ key, value }) => ({ id: key.sk, change: Change.parse(value) }));
  return { cursor, changes };
}

async function readEntries(store: Store, start: string, end: number): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let at = timeOf(start); Math.floor(at / minute) <= Math.floor(end / minute); at += minute) {
    for (
      let after: string | undefined, more = true;
      more && items.length < pageSize;
      more = after !== undefined
    ) {
      const limit = Math.min(queryLimit, pageSize - items.length);
      const page = await store.query({
        pk: changesAt(at),
        from: start,
        limit,
        ...(after !== undefined && { after }),
      });
      items.push(...page.items);
      after = page.after;
    }
  }
  return items;
}

/** A cursor is the sort key from which the next answer begins: a time, or a time and an entry's id. */
function parseCursor(text: string, now: number): string {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)(#[0-9A-Z]{26})?$/.exec(text);
  const time = Date.parse(match?.[1] ?? "");
  if (Number.isNaN(time) || formatTime(time) !== match?.[1]) {
    throw new Fault("input.invalid", "the cursor is none that was given");
  }
  if (time < now - changesKept + minute) {
    throw new Fault("resource.changed", "the changes after this cursor are no longer kept", {
      hint: "end the sessions that were open then and go on without a cursor",
    });
  }
  return text;
}

function timeOf(cursor: string): number {
  return Date.parse(cursor.slice(0, 24));
}
