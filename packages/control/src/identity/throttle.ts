/**
 * Slows down guessing: after a few failures each further attempt at a user's password waits longer. Counted per name,
 * whether such a user exists or not. It can hold a user up, who has somebody to call, but only for minutes; a lock
 * that an admin must lift would let a stranger shut everybody out.
 */
import { Fault } from "@postern/core/fault";
import { hour, minute, second } from "@postern/core/time";
import type { Item, Write } from "@postern/store/port";
import { transact, unchanged } from "@postern/store/update";
import { z } from "zod";
import { loginAttemptsKey } from "../keys.ts";
import type { Base } from "../ports.ts";

/** What is remembered of a name's attempts. */
const Attempts = z.strictObject({
  /** Without a success since. */
  count: z.int(),
  /** Milliseconds since 1970: no attempt before. */
  next_at: z.int(),
});

const freeAttempts = 5;
const longestWait = 5 * minute;
/** After this long without an attempt nothing is remembered. */
const memory = hour;

/** An attempt that was counted: what was remembered before it, and is since. */
export interface CountedAttempt {
  readonly before: z.infer<typeof Attempts>;
  readonly after: z.infer<typeof Attempts>;
}

/**
 * Counts an attempt before it is made, so that of many at once each is counted.
 * @throws Fault `limit.exceeded` with how long to wait
 */
export async function countAttempt({ store, clock }: Base, user: string): Promise<CountedAttempt> {
  return await transact(store, async () => {
    const item = await store.get(loginAttemptsKey(user));
    const now = clock();
    const before = item ? Attempts.parse(item.value) : { count: 0, next_at: now };
    if (now < before.next_at) throw tooMany(before.next_at - now);
    const count = before.count + 1;
    const after = { count, next_at: now + waitAfter(count) };
    return { writes: [attemptsPut(user, after, now, item)], result: { before, after } };
  });
}

/**
 * Takes an attempt back that was none: its password was right, and only the second factor's code is still to come. Those
 * before it stay counted, and so do those that came since.
 */
export async function uncountAttempt(
  { store, clock }: Base,
  user: string,
  { before, after }: CountedAttempt,
): Promise<void> {
  const item = await store.get(loginAttemptsKey(user));
  if (item === undefined) return;
  const { count, next_at } = Attempts.parse(item.value);
  if (count !== after.count || next_at !== after.next_at) return;
  await store.commit([attemptsPut(user, before, clock(), item)]);
}

function attemptsPut(
  user: string,
  value: z.infer<typeof Attempts>,
  now: number,
  item: Item | undefined,
): Write {
  const key = loginAttemptsKey(user);
  return { type: "put", key, value, expiresAt: now + memory, condition: unchanged(item) };
}

/** Forgets the attempts: to go into the commit of a successful one. */
export function attemptsReset(user: string): Write {
  return { type: "delete", key: loginAttemptsKey(user), condition: { type: "none" } };
}

/** None for the first five, then 2, 4, 8, … seconds. */
function waitAfter(count: number): number {
  return count < freeAttempts ? 0 : Math.min(longestWait, 2 ** (count - freeAttempts + 1) * second);
}

function tooMany(wait: number): Fault {
  const seconds = Math.ceil(wait / second);
  return new Fault("limit.exceeded", "too many attempts to log in as this user", {
    hint: `wait ${seconds} s, then try again`,
  });
}
