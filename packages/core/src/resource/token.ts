import { z } from "zod";
import { AllowRule } from "../iam/allow-rule.ts";
import { isHost } from "./endpoint.ts";
import { Metadata } from "./metadata.ts";
import { strictObject } from "./strict.ts";

/**
 * Lets hosts join by who they are in AWS: nothing in it is a secret, and it is good until it is deleted. (A token that is
 * a secret is no resource: `postern tokens add` makes one.) Whoever writes it bounds by his rights what its hosts may
 * register, so that is no matter of what a file says.
 */
export const JoinToken = strictObject({
  kind: z.literal("token"),
  version: z.literal("v2"),
  metadata: Metadata,
  spec: strictObject({
    roles: z.tuple([z.literal("Db")]),
    join_method: z.literal("iam", "expected iam; `postern tokens add` makes a token that is a secret"),
    allow: z.array(AllowRule).min(1).max(100),
    /** What the certificates of joining hosts may name; a host can't choose for itself. */
    names: z.array(z.string().max(253).refine(isHost, "expected a DNS name or an IP address")).min(1).max(20),
  }),
});
export type JoinToken = z.infer<typeof JoinToken>;
