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

/** Tells a user from a later one of the same name. */
export const accountKey = (user: string): Key => ({ pk: joinKey(["user", user]), sk: "account" });
export const passwordKey = (user: string): Key => ({ pk: joinKey(["user", user]), sk: "password" });
export const secondFactorKey = (user: string): Key => ({ pk: joinKey(["user", user]), sk: "second-factor" });
export const loginAttemptsKey = (user: string): Key => ({ pk: joinKey(["user", user]), sk: "attempts" });
export const inviteKey = (secretHash: string): Key => ({ pk: joinKey(["invite", secretHash]), sk: "invite" });
export const loginSessionKey = (id: string): Key => ({ pk: joinKey(["login", id]), sk: "login" });
export const grantKey = (id: string): Key => ({ pk: joinKey(["grant", id]), sk: "grant" });
/** Who is alive, and what it serves: one item per host, which goes when its host gives no sign of life. */
export const heartbeatsPartition = "heartbeats";
export const heartbeatKey = (hostId: string): Key => ({ pk: heartbeatsPartition, sk: hostId });
/** To whom an instance number is leased: 15 bits, as five digits. */
export const instanceKey = (instance: number): Key => ({
  pk: "instances",
  sk: String(instance).padStart(5, "0"),
});
export const hostKey = (id: string): Key => ({ pk: joinKey(["host", id]), sk: "host" });
/** What was refused to a host and told the audit log. */
export const hostRefusalsKey = (id: string): Key => ({ pk: joinKey(["host", id]), sk: "refusals" });
/** A join token that is a secret, by its first characters; one for IAM is a resource. */
export const tokenKey = (name: string): Key => ({ pk: "tokens", sk: name });
/** What the holder of a key must sign to join by IAM. */
export const challengeKey = (thumbprint: string): Key => ({
  pk: joinKey(["challenge", thumbprint]),
  sk: "challenge",
});
/** A proof's `jti`, kept until no server would take the proof again. */
export const proofKey = (thumbprint: string, jti: string): Key => ({
  pk: joinKey(["proof", thumbprint]),
  sk: jti,
});

export const sessionPartition = (sid: string): string => joinKey(["session", sid]);
export const sessionKey = (sid: string): Key => ({ pk: sessionPartition(sid), sk: "session" });

/** Where a session's audit stands: what the next chunk is joined with. */
export const sessionTailKey = (sid: string): Key => ({ pk: sessionPartition(sid), sk: "tail" });
/** A link of a session's chain of chunks: 0 is the start event, the host's chunk `n` is link `n + 1`. */
export const linkKey = (sid: string, link: number): Key => ({
  pk: sessionPartition(sid),
  sk: joinKey(["chunk", String(link).padStart(8, "0")]),
});
/** A part of content too big for one item; the content's SHA-256 names it. */
export const partKey = (sid: string, sha256: string, part: number): Key => ({
  pk: sessionPartition(sid),
  sk: joinKey(["part", sha256, String(part).padStart(4, "0")]),
});
/** Sessions that have not ended, for the sweep. */
export const openSessionPartition = (shard: number): string => joinKey(["open", String(shard)]);
/** Sessions by the day of their start (`2026-01-05`), sorted by its time. */
export const recordingPartition = (day: string): string => joinKey(["recordings", day]);

/** New IAM logins at a cluster, as a token bucket. */
export const loginRateKey = (cluster: string): Key => ({ pk: joinKey(["rate", cluster]), sk: "iam" });
/** The last time that AWS credentials were missing or refused, for health. */
export const cloudProblemKey: Key = { pk: "health", sk: "cloud" };

/** A poller's partition of one minute; entries sort by time. */
export const changesPartition = (minute: number): string => joinKey(["changes", String(minute)]);

/** What arrived in the audit log in one minute, by shard; entries sort by time. */
export const arrivalPartition = (minute: number, shard: number): string =>
  joinKey(["arrival", String(minute), String(shard)]);

/** Audit headers of one hour (`2026-01-05T10`) and shard. */
export const auditPartition = (hour: string, shard: number): string =>
  joinKey(["audit", hour, String(shard)]);
