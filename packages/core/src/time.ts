import { z } from "zod";

/** Milliseconds since 1970, from a clock that the caller injects. */
export type Clock = () => number;

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const second = unitMs.s;
export const minute = unitMs.m;
export const hour = unitMs.h;
export const day = unitMs.d;

/** A span of time as people write it: `90s`, `30m`, `12h`, `1h30m`, `7d`. At most 10 years. */
export const Duration = z
  .string()
  .max(20)
  .regex(/^(\d{1,6}[smhd])+$/, { error: "expected a duration such as 30m, 12h or 1h30m", abort: true })
  .refine((text) => parseDuration(text) > 0 && parseDuration(text) <= 3650 * day, {
    error: "expected more than nothing and at most 3650d",
  });

/** The milliseconds of a text that `Duration` accepts. */
export function parseDuration(text: string): number {
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhd])/g)) {
    total += Number(count) * unitMs[unit as keyof typeof unitMs]; // the pattern admits these four units alone
  }
  return total;
}

/** RFC 3339 in UTC with milliseconds, as every event carries it. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}
