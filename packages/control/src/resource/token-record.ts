import { day } from "@postern/core/time";
import { z } from "zod";
import { Creator } from "../identity/creator-record.ts";
import { tokenKey } from "../keys.ts";
import type { Base } from "../ports.ts";

/** A join token that is a secret, as it is kept. */
export const TokenRecord = z.strictObject({
  /** The secret's first characters: what `postern tokens ls` shows, and where the token is found. */
  name: z.string(),
  /** SHA-256 of the whole secret, in hex. */
  secret_hash: z.string(),
  roles: z.tuple([z.literal("Db")]),
  /** How many hosts may still join with it. */
  uses: z.int().min(0),
  /** What the certificates of hosts that join with it may name. */
  names: z.array(z.string()),
  created_by: Creator,
  /** Milliseconds since 1970. */
  ends_at: z.int(),
});
export type TokenRecord = z.infer<typeof TokenRecord>;

/** How long a spent or expired token is remembered, so that who tries it again is seen in the audit log. */
export const tokenKept = 30 * day;

/** 32 bits of the 128: enough to tell tokens apart, and 96 are left to guess. */
export function nameOfSecret(secret: string): string {
  return secret.slice(0, 8);
}

export function isOpen({ clock }: Base, token: TokenRecord): boolean {
  return token.uses > 0 && clock() < token.ends_at;
}

/** All that are kept, spent and expired ones, too. */
export async function loadTokens(base: Base): Promise<TokenRecord[]> {
  const tokens: TokenRecord[] = [];
  const { pk } = tokenKey("all");
  let after: string | undefined;
  do {
    const page = await base.store.query({ pk, limit: 1000, ...(after !== undefined && { after }) });
    tokens.push(...page.items.map(({ value }) => TokenRecord.parse(value)));
    after = page.after;
  } while (after !== undefined);
  return tokens;
}
