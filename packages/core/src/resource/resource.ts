import { z } from "zod";
import { Database } from "./db.ts";
import { Lock } from "./lock.ts";
import { Role } from "./role.ts";
import { JoinToken } from "./token.ts";
import { User } from "./user.ts";

/** What people create from files and read back. */
export const Resource = z.discriminatedUnion("kind", [Role, User, Database, JoinToken, Lock], {
  error: (issue) =>
    issue.code === "invalid_union" ? "expected the kind to be role, user, db, token or lock" : undefined,
});
export type Resource = z.infer<typeof Resource>;

/** The kinds of `Resource`. */
export const ResourceKind = z.enum(["role", "user", "db", "token", "lock"]) satisfies z.ZodType<
  Resource["kind"]
>;
export type ResourceKind = z.infer<typeof ResourceKind>;
