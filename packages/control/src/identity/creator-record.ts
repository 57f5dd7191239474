/** Who made something that acts for him later, as it is kept with it. */
import { z } from "zod";

export const Creator = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("user"), name: z.string(), account: z.string() }),
  /** An operator, or the local admin. Not a user's name, even where they read alike. */
  z.strictObject({ type: z.literal("admin"), name: z.string() }),
]);
export type Creator = z.infer<typeof Creator>;
