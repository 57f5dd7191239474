import { z } from "zod";
import { isHost } from "./endpoint.ts";
import { Metadata } from "./metadata.ts";
import { ResourceName } from "./name.ts";
import { strictObject } from "./strict.ts";
import { Timestamp } from "./timestamp.ts";

/** What lets hosts join. Its name is not its secret: the secret is shown once and only its hash is kept, elsewhere. */
export const JoinToken = strictObject({
  kind: z.literal("token"),
  version: z.literal("v2"),
  metadata: Metadata,
  spec: strictObject({
    roles: z.tuple([z.literal("Db")]),
    join_method: z.literal("token"),
    /** How many hosts may still join with it. */
    uses: z.int().min(0).max(10_000),
    /** What the certificates of joining hosts may name; a host can't choose for itself. */
    names: z.array(z.string().refine(isHost, "expected a DNS name or an IP address")).max(20),
    /** Whose rights bound what joining hosts may register. */
    created_by: ResourceName,
    expires: Timestamp,
  }),
});
export type JoinToken = z.infer<typeof JoinToken>;
