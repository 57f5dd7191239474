/** Admitted hosts. Deleting a host's record ends its identity at once, whatever its certificate says. */
import { z } from "zod";
import { Creator } from "../identity/creator-record.ts";
import { hostKey } from "../keys.ts";
import type { Base } from "../ports.ts";

export const Host = z.strictObject({
  host_id: z.string(),
  /** Of the key that is the host's identity and its server certificate's (RFC 7638). */
  thumbprint: z.string(),
  /** What its certificates name: from the join token, never from the host. */
  names: z.array(z.string()),
  token_name: z.string(),
  /** Who it was in AWS when it joined by IAM. */
  aws: z.strictObject({ account: z.string(), arn: z.string() }).optional(),
  /** Who made the join token: his rights bound what the host may register. */
  created_by: Creator,
  /** Milliseconds since 1970. */
  joined_at: z.int(),
});
export type Host = z.infer<typeof Host>;

/** Undefined for a host that never joined or was removed. */
export async function loadHost(base: Base, hostId: string): Promise<Host | undefined> {
  const item = await base.store.get(hostKey(hostId));
  return item && Host.parse(item.value);
}
