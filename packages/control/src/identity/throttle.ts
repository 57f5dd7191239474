/**
 * Slows down guessing: after a few failures each further attempt at a user's password waits longer. Counted per name,
 * whether such a user exists or not. It can hold a user up, who has somebody to call, but only for minutes; a lock
 * that an admin must lift would let a stranger shut everybody out.
 */
import { Fault } from "@postern/core/fault";
import { hour, minute, second } from "@postern/core/time";
import type { Write } from "@postern/store/port";
import { update } from "@postern/store/update";
import { z } from "zod";
import { loginAttemptsKey } from "../keys.ts";
import type { Base } from "../ports.ts";

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

/**
 * Counts an attempt before it is made, so that of many at once each is counted.
 * @throws Fault `limit.exceeded` with how long to wait
 */
export async function countAttempt({ store, clock }: Base, user: string): Promise<void> {
  await update(store, loginAttemptsKey(user), (item) => {
    const now = clock();
    const before = item ? Attempts.parse(item.value) : { count: 0, next_at: now };
    if (now < before.next_at) throw tooMany(before.next_at - now);
    const count = before.count + 1;
    return { value: { count, next_at: now + waitAfter(count) }, expiresAt: now + memory };
  });
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
