/** What a host that joins by IAM must sign: asked for by its key, good for one try, for a short while. */
import type { JoinChallenge } from "@postern/core/api/join";
import { formatChallenge } from "@postern/core/iam/challenge";
import { formatTime, minute } from "@postern/core/time";
import { z } from "zod";
import type { Call, CallerOf } from "../caller.ts";
import { challengeKey } from "../keys.ts";
import type { Base } from "../ports.ts";

/** Enough for credentials that have to be fetched first. */
const lifetime = 2 * minute;
const nonceBytes = 32;

const KeptChallenge = z.strictObject({ challenge: z.string() });

/** A key has one at a time: a new one takes the place of that before. */
export async function createJoinChallenge(
  base: Base,
  { caller }: Call<CallerOf<"key">>,
): Promise<JoinChallenge> {
  const { thumbprint } = caller;
  const nonce = Buffer.from(base.random(nonceBytes)).toString("base64url");
  const challenge = formatChallenge({ cluster: base.config.clusterName, thumbprint, nonce });
  const expiresAt = base.clock() + lifetime;
  await base.store.commit([
    {
      type: "put",
      key: challengeKey(thumbprint),
      value: { challenge },
      expiresAt,
      condition: { type: "none" },
    },
  ]);
  return { challenge, expires_at: formatTime(expiresAt) };
}

/** The key's challenge, which is spent from here on; undefined where it has none, or somebody was faster. */
export async function spendChallenge(base: Base, thumbprint: string): Promise<string | undefined> {
  const key = challengeKey(thumbprint);
  const item = await base.store.get(key);
  if (item === undefined) return undefined;
  const { version } = item;
  const { type } = await base.store.commit([
    { type: "delete", key, condition: { type: "version", version } },
  ]);
  return type === "committed" ? KeptChallenge.parse(item.value).challenge : undefined;
}
