import { day } from "@postern/core/time";
import { z } from "zod";

/** An invite as it is kept, under the hash of its secret. */
export const InviteRecord = z.strictObject({
  user: z.string(),
  /** The user's account: an invite is nothing to a later user of the same name. */
  account: z.string(),
  /** Milliseconds since 1970. */
  ends_at: z.int(),
  spent: z.boolean(),
});
export type InviteRecord = z.infer<typeof InviteRecord>;

/** How long a spent or expired invite is remembered, so that who tries it again is seen in the audit log. */
export const inviteKept = 30 * day;
