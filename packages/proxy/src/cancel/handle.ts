/** A CancelRequest of a client, on a connection of its own. It is never answered, whatever it met (manual, "Canceling Requests in Progress"). */
import type { CancelRequest } from "@postern/wire/messages/frontend/cancel-request";
import type { MissLimit } from "./miss-limit.ts";
import type { CancelRegistry } from "./registry.ts";

/** Settles when the session has done what it could: the connection is to be closed then. */
export async function handleCancel(
  request: CancelRequest,
  address: string,
  registry: CancelRegistry,
  misses: MissLimit,
): Promise<void> {
  if (misses.isOver(address)) return;
  const session = registry.find(request);
  if (session) await session.cancel(address);
  else misses.miss(address);
}
