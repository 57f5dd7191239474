import { z } from "zod";
import { Database } from "./db.ts";
import type { DatabaseServer } from "./db-server.ts";
import { Role } from "./role.ts";
import { type JoinToken, NewJoinToken } from "./token.ts";
import { User } from "./user.ts";

/** What people may create from a file. */
export const Resource = z.discriminatedUnion("kind", [Role, User, Database, NewJoinToken], {
  error: (issue) =>
    issue.code === "invalid_union" ? "expected the kind to be role, user, db or token" : undefined,
});
export type Resource = z.infer<typeof Resource>;

/** What `postern get` may show: what people create, as it is kept, and what hosts report. */
export type StoredResource = Exclude<Resource, { kind: "token" }> | JoinToken | DatabaseServer;
