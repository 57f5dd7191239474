/** Entries of the change feed that hosts poll: where they stand and how long. */
import { day, formatTime, minute } from "@postern/core/time";
import { changesPartition } from "../keys.ts";

/** How long an entry is kept: a host that could not ask for longer is told so. */
export const changesKept = day;

/** The partition of the entries that were written at `time` (milliseconds). */
export function changesAt(time: number): string {
  return changesPartition(Math.floor(time / minute));
}

/** Sort keys begin with the writer's time, so that a time alone is the least key of its instant. */
export function entryPrefix(time: number): string {
  return formatTime(time);
}
