import { z } from "zod";
import { TraitValue } from "../access/pattern-schema.ts";
import { Metadata } from "./metadata.ts";
import { ResourceName } from "./name.ts";
import { strictObject } from "./strict.ts";

/** What templates in roles stand for, for this user alone. */
export const Traits = strictObject({
  db_users: z.array(TraitValue).max(100).optional(),
  db_names: z.array(TraitValue).max(100).optional(),
});
export type Traits = z.infer<typeof Traits>;

/** A person's account. Passwords, second factors and invites are records of their own and never part of it. */
export const User = strictObject({
  kind: z.literal("user"),
  version: z.literal("v2"),
  metadata: Metadata,
  spec: strictObject({
    roles: z.array(ResourceName).max(256),
    traits: Traits.optional(),
    /** Whether the invite was accepted, for people to see; nothing is decided by it. */
    status: z.enum(["invited", "active"]).optional(),
  }),
});
export type User = z.infer<typeof User>;
