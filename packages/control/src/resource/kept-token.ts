/** A join token for IAM as it is kept: with who wrote it last, whose rights bound what its hosts may register. */
import { JoinToken } from "@postern/core/resource/token";
import type { Item } from "@postern/store/port";
import { z } from "zod";
import { Creator } from "../identity/creator-record.ts";
import { resourceKey, resourcePartition } from "../keys.ts";
import type { Base } from "../ports.ts";

export const KeptToken = z.strictObject({ resource: JoinToken, created_by: Creator });
export type KeptToken = z.infer<typeof KeptToken>;

/** The token, and its item for a write that depends on it. Undefined where there is none of this name. */
export async function loadKeptToken(
  base: Base,
  name: string,
): Promise<{ readonly token: KeptToken; readonly item: Item } | undefined> {
  const item = await base.store.get(resourceKey("token", name));
  return item && { token: KeptToken.parse(item.value), item };
}

/** All of them, in order of their names. */
export async function loadKeptTokens(base: Base): Promise<KeptToken[]> {
  const tokens: KeptToken[] = [];
  let after: string | undefined;
  do {
    const page = await base.store.query({
      pk: resourcePartition("token"),
      limit: 1000,
      ...(after !== undefined && { after }),
    });
    tokens.push(...page.items.map(({ value }) => KeptToken.parse(value)));
    after = page.after;
  } while (after !== undefined);
  return tokens;
}
