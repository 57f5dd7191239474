import type { Condition } from "./port.ts";

/** Whether an item still counts at `now`. The instant of its expiry is the first at which it does not. */
export function isLive(item: { readonly expiresAt?: number }, now: number): boolean {
  return item.expiresAt === undefined || item.expiresAt > now;
}

/** Whether a condition holds over what stands live under the key. `dynamodb/condition.ts` says the same to DynamoDB. */
export function holds(condition: Condition, live: { readonly version: number } | undefined): boolean {
  switch (condition.type) {
    case "none":
      return true;
    case "absent":
      return live === undefined;
    case "present":
      return live !== undefined;
    case "version":
      return live?.version === condition.version;
    default:
      return condition satisfies never;
  }
}

/**
 * The version that a put gives, over what stands, live or expired. Over an expired item a put without condition
 * counts on: it does not know that anything expired.
 */
export function nextVersion(
  condition: Condition,
  standing: { readonly version: number } | undefined,
): number {
  return condition.type === "absent" ? 1 : (standing?.version ?? 0) + 1;
}
