import { z } from "zod";
import { isDnsName } from "./endpoint.ts";
import { Metadata } from "./metadata.ts";
import { ResourceName } from "./name.ts";
import { strictObject } from "./strict.ts";
import { Timestamp } from "./timestamp.ts";

const spec = {
  roles: z.tuple([z.literal("Db")]),
  join_method: z.literal("token"),
  /** How many hosts may still join with it. */
  uses: z.int().min(0).max(10_000),
  /** DNS names that the certificates of joining hosts may carry; a host can't choose its own. */
  names: z.array(z.string().refine(isDnsName, "expected a DNS name")).max(16),
  expires: Timestamp,
};

/** What lets hosts join. Its name is not its secret: the secret is shown once and only its hash is kept, elsewhere. */
export const JoinToken = strictObject({
  kind: z.literal("token"),
  version: z.literal("v2"),
  metadata: Metadata,
  /** What joining hosts register is checked against the rights of `created_by`. */
  spec: strictObject({ ...spec, created_by: ResourceName }),
});
export type JoinToken = z.infer<typeof JoinToken>;

/** A join token as a person writes it: who created it is not for him to say. */
export const NewJoinToken = strictObject({
  ...JoinToken.shape,
  spec: strictObject({ ...spec, uses: spec.uses.min(1) }),
});
export type NewJoinToken = z.infer<typeof NewJoinToken>;
