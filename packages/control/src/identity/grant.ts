/**
 * Grants: what was issued as a credential, as the control plane remembers it. A credential is good for as long as its
 * grant is there, has uses left and hasn't ended; `POST /v1/sessions` counts the uses.
 */
import type { Item, Write } from "@postern/store/port";
import { z } from "zod";
import { grantKey } from "../keys.ts";
import type { Base } from "../ports.ts";

export const Grant = z.strictObject({
  grant_id: z.string(),
  type: z.enum(["certificate", "token"]),
  user: z.string(),
  login_session: z.string(),
  database: z.string(),
  db_user: z.string(),
  db_name: z.string(),
  /** How many sessions it may still open; null for a certificate: as many as in its time. */
  uses_left: z.int().min(0).nullable(),
  /** SHA-256 of a database token's secret, in hex; null for a certificate. */
  secret_hash: z.string().nullable(),
  /** Milliseconds since 1970: it opens nothing from here on. */
  ends_at: z.int(),
});
export type Grant = z.infer<typeof Grant>;

/** The grant and its item, for the write that counts a use. Undefined for one that never was or is over. */
export async function loadGrant(
  base: Base,
  grantId: string,
): Promise<{ readonly grant: Grant; readonly item: Item } | undefined> {
  const item = await base.store.get(grantKey(grantId));
  const grant = item && Grant.parse(item.value);
  return item && grant && base.clock() < grant.ends_at ? { grant, item } : undefined;
}

export function grantWrite(grant: Grant): Write {
  return {
    type: "put",
    key: grantKey(grant.grant_id),
    value: grant,
    expiresAt: grant.ends_at,
    condition: { type: "absent" },
  };
}
