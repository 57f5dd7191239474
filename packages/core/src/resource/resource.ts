import { z } from "zod";
import { Database } from "./db.ts";
import { Role } from "./role.ts";
import { User } from "./user.ts";

/**
 * What people create from files and read back. Join tokens are not among them: who created one decides what its hosts
 * may register, so that is never a matter of what a file says; `postern tokens add` makes them.
 */
export const Resource = z.discriminatedUnion("kind", [Role, User, Database], {
  error: (issue) => (issue.code === "invalid_union" ? "expected the kind to be role, user or db" : undefined),
});
export type Resource = z.infer<typeof Resource>;

/** The kinds of `Resource`. */
export const ResourceKind = z.enum(["role", "user", "db"]) satisfies z.ZodType<Resource["kind"]>;
export type ResourceKind = z.infer<typeof ResourceKind>;
