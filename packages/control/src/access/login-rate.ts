/**
 * A token bucket per cluster for new IAM logins, shared by all of authorize's instances. RDS refuses beyond 200 a second
 * ("Limitations for IAM database authentication", Aurora user guide): a bucket of 100 that gains 100 a second lets at
 * most 200 through in any second.
 */

import { minute, second } from "@postern/core/time";
import { StoreError } from "@postern/store/error";
import { update } from "@postern/store/update";
import { z } from "zod";
import { loginRateKey } from "../keys.ts";
import type { Base } from "../ports.ts";

const capacity = 100;
export const loginsPerSecond = 100;
const perMs = loginsPerSecond / second;

const Bucket = z.strictObject({ tokens: z.number().min(0).max(capacity), at: z.int() });

/** Takes one login; false where there is none to take now. */
export async function takeLogin({ store, clock }: Base, cluster: string): Promise<boolean> {
  let taken = false;
  try {
    await update(store, loginRateKey(cluster), (item) => {
      const now = clock();
      const { tokens, at } = item === undefined ? { tokens: capacity, at: now } : Bucket.parse(item.value);
      const filled = Math.min(capacity, tokens + Math.max(0, now - at) * perMs);
      taken = filled >= 1;
      return taken
        ? { value: { tokens: filled - 1, at: Math.max(now, at) }, expiresAt: now + minute }
        : undefined;
    });
  } catch (error) {
    if (error instanceof StoreError && error.code === "store.busy") return false; // more at once than can be counted
    throw error;
  }
  return taken;
}
