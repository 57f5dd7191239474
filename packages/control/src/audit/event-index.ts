/** Which places (`ei`) of a session are taken: a host can't take one twice, and a lost host's first gap is known. */
import { Fault } from "@postern/core/fault";
import { z } from "zod";

const Place = z.int().min(0);

/** Ranges `[first, last]`, apart from each other and ascending. One, unless records came in another order. */
export const TakenIndexes = z.array(z.tuple([Place, Place]));
export type TakenIndexes = z.infer<typeof TakenIndexes>;

/** Hosts number their records as they make them; this many gaps are no honest host's. */
const maxRanges = 1_000;

/** @throws Fault `input.invalid` when the place is taken, or when there are gaps without number */
export function takeIndex(taken: TakenIndexes, ei: number): TakenIndexes {
  if (isTaken(taken, ei)) throw new Fault("input.invalid", `two events of the session have the place ${ei}`);
  const before = taken.filter(([, last]) => last < ei);
  const after = taken.slice(before.length);
  const joinsBefore = before.at(-1)?.[1] === ei - 1;
  const joinsAfter = after[0]?.[0] === ei + 1;
  const first = joinsBefore ? (before.pop()?.[0] ?? ei) : ei;
  const last = joinsAfter ? (after.shift()?.[1] ?? ei) : ei;
  const ranges: TakenIndexes = [...before, [first, last], ...after];
  if (ranges.length > maxRanges) throw new Fault("input.invalid", "the events' places have too many gaps");
  return ranges;
}

export function isTaken(taken: TakenIndexes, ei: number): boolean {
  return taken.some(([first, last]) => first <= ei && ei <= last);
}

/** The least place that no event has. */
export function firstMissing(taken: TakenIndexes): number {
  const [first] = taken;
  return first?.[0] === 0 ? first[1] + 1 : 0;
}

/** The place behind all others. */
export function nextIndex(taken: TakenIndexes): number {
  return (taken.at(-1)?.[1] ?? -1) + 1;
}
