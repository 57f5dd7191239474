/** Tells hosts what concerns their running sessions, in the commit of the change itself. */
import type { Change } from "@postern/core/api/host";
import { createUlid } from "@postern/core/id";
import type { Write } from "@postern/store/port";
import type { Base } from "../ports.ts";
import { changesAt, changesKept, entryPrefix } from "./entry.ts";

/** The writes that append `changes` to the feed: one write per change. */
export function changeWrites({ clock, random }: Base, changes: readonly Change[]): Write[] {
  const now = clock();
  return changes.map((change) => ({
    type: "put",
    key: { pk: changesAt(now), sk: `${entryPrefix(now)}#${createUlid(now, random)}` },
    value: { ...change },
    expiresAt: now + changesKept,
    condition: { type: "absent" },
  }));
}
