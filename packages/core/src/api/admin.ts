/** Bodies of the routes by which admins keep resources, users and join tokens. */
import { z } from "zod";
import { Database } from "../resource/db.ts";
import { DatabaseServer } from "../resource/db-server.ts";
import { Lock } from "../resource/lock.ts";
import { Resource } from "../resource/resource.ts";
import { Role } from "../resource/role.ts";
import { JoinToken } from "../resource/token.ts";
import { User } from "../resource/user.ts";
import { Duration } from "../time.ts";
import { Name } from "./identity.ts";

const Time = z.iso.datetime();

/** The kinds that `postern get` shows; join tokens that are secrets have routes of their own, which mask them. */
export const ResourceKind = z.enum(["role", "user", "db", "db_server", "token", "lock"]);
export type ResourceKind = z.infer<typeof ResourceKind>;

export const ListedResource = z.discriminatedUnion("kind", [
  Role,
  User,
  Database,
  DatabaseServer,
  JoinToken,
  Lock,
]);
export type ListedResource = z.infer<typeof ListedResource>;

export const KindParams = z.strictObject({ kind: ResourceKind });
export const ResourceParams = z.strictObject({ kind: ResourceKind, name: Name });
export const ResourceList = z.strictObject({ resources: z.array(ListedResource) });

/**
 * Without `replace`, a resource that exists is refused; with it, it is created or replaced. `unchanged_from` is the
 * resource as it was read: where another stands there now, or none, nothing is written.
 */
export const WriteResourceRequest = z.strictObject({
  resource: Resource,
  replace: z.boolean().default(false),
  unchanged_from: Resource.optional(),
});
export type WriteResourceRequest = z.infer<typeof WriteResourceRequest>;
export const WriteResourceResponse = z.strictObject({ resource: ListedResource, created: z.boolean() });

export const InviteUserRequest = z.strictObject({
  name: Name,
  roles: z.array(Name).min(1).max(100),
  ttl: Duration.default("1h"),
});
export type InviteUserRequest = z.infer<typeof InviteUserRequest>;

/** The secret is in the URL's fragment, which no server and no proxy log ever sees. */
export const InviteUserResponse = z.strictObject({ user: Name, invite_url: z.string(), expires_at: Time });

/** The answer is that to an invite. */
export const UserParams = z.strictObject({ name: Name });
export const ResetUserRequest = z.strictObject({ ttl: Duration.default("1h") });

export const CreateTokenRequest = z.strictObject({
  type: z.enum(["db"]),
  ttl: Duration.default("30m"),
  uses: z.int().min(1).max(10_000).default(1),
  /** DNS names and IP addresses that certificates of hosts joining with the token may carry. */
  names: z.array(z.string().min(1).max(253)).max(20).default(["localhost", "127.0.0.1"]),
});
export type CreateTokenRequest = z.infer<typeof CreateTokenRequest>;

export const CreateTokenResponse = z.strictObject({
  token: z.string(),
  roles: z.array(z.string()),
  expires: Time,
});

/**
 * `token` of a secret is its first characters alone, of a token for IAM its name; `DELETE /v1/tokens/{token}` takes either,
 * and the secret. Without `uses` it admits any number of hosts, without `expires` it is good until it is deleted.
 */
export const TokenList = z.strictObject({
  tokens: z.array(
    z.strictObject({
      token: z.string(),
      join_method: z.enum(["token", "iam"]),
      roles: z.array(z.string()),
      uses: z.int().nullable(),
      expires: Time.nullable(),
      created_by: Name,
    }),
  ),
});
export const TokenParams = z.strictObject({ token: z.string().min(1).max(256) });
