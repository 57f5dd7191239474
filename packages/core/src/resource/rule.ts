import { z } from "zod";
import { strictObject } from "./strict.ts";

/** What rules speak of: the kinds of resources, and the audit log (`event`). */
export const ruleResources = [
  "role",
  "user",
  "db",
  "db_server",
  "token",
  "lock",
  "session",
  "event",
] as const;
export type RuleResource = (typeof ruleResources)[number];

/** What may be done. `escalate` is the right to grant what one doesn't hold; `*` doesn't allow it, it is named. */
export const verbs = ["list", "read", "create", "update", "delete", "use", "escalate"] as const;
export type Verb = (typeof verbs)[number];

/** A right (or its refusal) over Postern's own resources. */
export const Rule = strictObject({
  resources: z.array(z.enum([...ruleResources, "*"])).min(1),
  verbs: z.array(z.enum([...verbs, "*"])).min(1),
});
export type Rule = z.infer<typeof Rule>;
