/** A CancelRequest of a client, on a connection of its own. It is never answered, whatever it met (manual, "Canceling Requests in Progress"). */
import type { CancelRequest } from "@postern/wire/messages/frontend/cancel-request";
import type { CancelKey } from "../upstream/login-phase.ts";
import type { MissLimit } from "./miss-limit.ts";
import { type CancelRegistry, instanceOf } from "./registry.ts";

export interface CancelDeps {
  readonly registry: CancelRegistry;
  readonly misses: MissLimit;
}

export interface HandleDeps extends CancelDeps {
  /** Passes it on to the host of that instance, if there is one. True where the key was one of its own. */
  readonly passOn: (instance: number, key: CancelKey, address: string) => Promise<boolean>;
}

/** Settles when the session has done what it could: the connection is to be closed then. */
export async function handleCancel(
  { processId, secretKey }: CancelRequest,
  address: string,
  deps: HandleDeps,
): Promise<void> {
  const key = { processId, secretKey };
  const instance = instanceOf(key);
  if (instance === deps.registry.instance || deps.registry.find(key)) {
    await cancelHere(key, address, deps);
    return;
  }
  if (deps.misses.isOver(address)) return;
  // Until it is known to be none: many at once would all get past the limit.
  const takeBack = deps.misses.miss(address);
  if (await deps.passOn(instance, key, address)) takeBack();
}

/** Cancels what the key's session runs, if it is one of ours. True where it is. */
export async function cancelHere(
  key: CancelKey,
  address: string,
  { registry, misses }: CancelDeps,
): Promise<boolean> {
  if (misses.isOver(address)) return false;
  const session = registry.find(key);
  if (session) await session.cancel(address);
  else misses.miss(address);
  return session !== undefined;
}
