/** The locks that keep a user out now. They are few, and each is read at every login, call and session: a lock works at once. */
import { Fault } from "@postern/core/fault";
import { isInForce, type Lock, lockReason } from "@postern/core/resource/lock";
import type { Base } from "../ports.ts";
import { loadAll } from "../resource/load.ts";

/** Consistent. Undefined where nothing keeps the user out. */
export async function lockOf(base: Base, user: string): Promise<Lock | undefined> {
  const locks = await loadAll(base, "lock");
  const now = base.clock();
  return locks.find((lock) => lock.spec.target.user === user && isInForce(lock, now));
}

/** @throws Fault `access.denied` with the reason that the lock gives */
export async function requireUnlocked(base: Base, user: string): Promise<void> {
  const lock = await lockOf(base, user);
  if (lock === undefined) return;
  throw new Fault("access.denied", lockReason(lock), { hint: "an administrator can lift the lock" });
}
