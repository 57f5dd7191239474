import { z } from "zod";
import { NamePattern } from "../access/pattern-schema.ts";
import { LabelSelector } from "../label/selector.ts";
import { Duration } from "../time.ts";
import { Metadata } from "./metadata.ts";
import { Rule } from "./rule.ts";
import { strictObject } from "./strict.ts";

const NamePatterns = z.array(NamePattern).max(256);
const DatabaseRoles = z.array(z.string().min(1).max(63)).max(256);

const conditions = {
  db_labels: LabelSelector.optional(),
  db_users: NamePatterns.optional(),
  db_names: NamePatterns.optional(),
  db_roles: DatabaseRoles.optional(),
  rules: z.array(Rule).max(256).optional(),
};

const Deny = strictObject(conditions);

const Allow = strictObject({
  ...conditions,
  db_roles: DatabaseRoles.refine(
    (names) => !names.includes("*"),
    "`*` is not allowed here: name each role",
  ).optional(),
});

/** What a role allows, or denies. */
export type Conditions = z.infer<typeof Deny>;

const RoleOptions = strictObject({
  max_session_ttl: Duration.optional(),
  client_idle_timeout: Duration.optional(),
});
export type RoleOptions = z.infer<typeof RoleOptions>;

/** What people may do, as Teleport writes it (`reference/teleport.md` section 2); ROLES.md lists the differences. */
export const Role = strictObject({
  kind: z.literal("role"),
  version: z.enum(["v3", "v4", "v5", "v6", "v7", "v8"]),
  metadata: Metadata,
  spec: strictObject({
    allow: Allow.optional(),
    deny: Deny.optional(),
    options: RoleOptions.optional(),
  }),
});
export type Role = z.infer<typeof Role>;

/** A role's allow part with its version's default: in v3 alone, absent labels select every database. */
export function allowOf(role: Role): Conditions {
  const allow = role.spec.allow ?? {};
  return role.version === "v3" && allow.db_labels === undefined
    ? { ...allow, db_labels: { "*": "*" } }
    : allow;
}

/** A role's deny part; it has no defaults. */
export function denyOf(role: Role): Conditions {
  return role.spec.deny ?? {};
}
