import { uuidFrom } from "../uuid.ts";

/**
 * A session's id: the same for a request that is sent again, another for any other, and no other host's. A UUID, so that
 * it looks like what people's tools expect.
 */
export function sessionIdFrom(hostId: string, idempotencyKey: string): string {
  return uuidFrom(["session", hostId, idempotencyKey]);
}
