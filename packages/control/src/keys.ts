/**
 * Every key of the table, in one place. A partition is one kind of resource, one session, one hour and shard of the
 * audit log, …: none grows hot with the number of users.
 */
import type { ResourceKind } from "@postern/core/api/admin";
import { joinKey } from "@postern/store/key";
import type { Key } from "@postern/store/port";

export const authorityKey = (name: "user-ca" | "host-ca" | "access-token"): Key => ({
  pk: "authority",
  sk: name,
});

export const resourcePartition = (kind: ResourceKind): string => joinKey(["resource", kind]);
export const resourceKey = (kind: ResourceKind, name: string): Key => ({
  pk: resourcePartition(kind),
  sk: name,
});

/** A database's servers sort behind each other: `<database>#<host>`. */
export const databaseServerKey = (database: string, hostId: string): Key => ({
  pk: resourcePartition("db_server"),
  sk: joinKey([database, hostId]),
});

export const passwordKey = (user: string): Key => ({ pk: joinKey(["user", user]), sk: "password" });
export const loginAttemptsKey = (user: string): Key => ({ pk: joinKey(["user", user]), sk: "attempts" });
export const inviteKey = (secretHash: string): Key => ({ pk: joinKey(["invite", secretHash]), sk: "invite" });
export const loginSessionKey = (id: string): Key => ({ pk: joinKey(["login", id]), sk: "login" });
export const grantKey = (id: string): Key => ({ pk: joinKey(["grant", id]), sk: "grant" });
export const hostKey = (id: string): Key => ({ pk: joinKey(["host", id]), sk: "host" });
/** A proof's `jti`, kept until no server would take the proof again. */
export const proofKey = (thumbprint: string, jti: string): Key => ({
  pk: joinKey(["proof", thumbprint]),
  sk: jti,
});

export const sessionPartition = (sid: string): string => joinKey(["session", sid]);
export const sessionKey = (sid: string): Key => ({ pk: sessionPartition(sid), sk: "session" });

/** A poller's partition of one minute; entries sort by time. */
export const changesPartition = (minute: number): string => joinKey(["changes", String(minute)]);

/** Audit headers of one hour (`2026-01-05T10`) and shard. */
export const auditPartition = (hour: string, shard: number): string =>
  joinKey(["audit", hour, String(shard)]);
