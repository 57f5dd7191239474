import { z } from "zod";
import { Metadata } from "./metadata.ts";
import { ResourceName } from "./name.ts";
import { strictObject } from "./strict.ts";
import { Timestamp } from "./timestamp.ts";

/**
 * Keeps a user out, whatever his roles allow: what he has open ends, and he opens nothing, until the lock is deleted or
 * expires. His account, roles and password stay as they are.
 */
export const Lock = strictObject({
  kind: z.literal("lock"),
  version: z.literal("v2"),
  metadata: Metadata,
  spec: strictObject({
    target: strictObject({ user: ResourceName }),
    /** Why: for the person who is locked out to read. */
    message: z.string().min(1).max(500).optional(),
    expires: Timestamp.optional(),
  }),
});
export type Lock = z.infer<typeof Lock>;

/** Whether the lock keeps anybody out at this time (milliseconds since 1970). */
export function isInForce({ spec }: Lock, now: number): boolean {
  return spec.expires === undefined || now < Date.parse(spec.expires);
}

/** What the person is told. */
export function lockReason({ spec }: Lock): string {
  return spec.message === undefined ? "the user is locked" : `the user is locked: ${spec.message}`;
}
