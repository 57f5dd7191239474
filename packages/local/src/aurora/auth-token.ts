/**
 * IAM authentication tokens of RDS: a presigned URL without its scheme, used as a password (Aurora user guide, "IAM database
 * authentication"). Every part is checked; what is not understood is refused.
 */
import { minute, second } from "@postern/core/time";
import {
  algorithm,
  emptyBodyHash,
  isSignedBy,
  parseCredential,
  parseTimestamp,
  type Scope,
} from "../sigv4.ts";
import { type PresignedUrl, parsePresignedUrl } from "./presigned-url.ts";

/** What this database takes a token for. */
export interface TokenPolicy {
  /** host:port under which the database is known. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeys: ReadonlyMap<string, AccessKey>;
}

/** Temporary credentials come with a session token, which every request must then carry. */
export interface AccessKey {
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

declare const verified: unique symbol;

/** Proof that a token was good for this database user, just now. Only `verifyToken` makes one. */
export interface VerifiedToken {
  readonly [verified]: true;
  readonly user: string;
}

/** For the stand-in's own log: the client is told no more than that authentication failed. */
export type TokenRefusal =
  | Exclude<ReturnType<typeof parsePresignedUrl>, PresignedUrl>
  | "too long"
  | "parameter unknown"
  | "parameter missing"
  | "bad credential"
  | "bad date"
  | "bad lifetime"
  | keyof typeof checks;

export type TokenVerdict =
  | { readonly type: "valid"; readonly token: VerifiedToken }
  | { readonly type: "refused"; readonly reason: TokenRefusal };

/** A token with a session token of STS has about 2,000 characters. */
const maxLength = 8_192;
const maxLifetimeSeconds = 900;
/** How far ahead of its own clock AWS lets a signer's be. */
const clockSkewMs = 5 * minute;

const parameterNames = [
  "Action",
  "DBUser",
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-SignedHeaders",
  "X-Amz-Signature",
];
const sessionTokenName = "X-Amz-Security-Token";

/** Verifies a token that is presented for the database user `user` at `now`, in milliseconds since 1970. */
export function verifyToken(text: string, user: string, policy: TokenPolicy, now: number): TokenVerdict {
  const token = parseToken(text);
  if (typeof token === "string") return { type: "refused", reason: token };
  for (const [reason, holds] of Object.entries(checks)) {
    // Object.entries forgets that the names are the table's own
    if (!holds(token, { user, now, ...policy }))
      return { type: "refused", reason: reason as keyof typeof checks };
  }
  return { type: "valid", token: { user } as VerifiedToken }; // the one place that makes this proof
}

interface Token {
  readonly url: PresignedUrl;
  readonly accessKeyId: string;
  readonly scope: Scope;
  readonly timestamp: string;
  readonly issuedAt: number;
  readonly lifetimeMs: number;
}

interface Presented extends TokenPolicy {
  readonly user: string;
  readonly now: number;
}

/** What must hold, in this order; the name says what is wrong if it doesn't. */
const checks = {
  "wrong endpoint": ({ url }, { endpoint }) => url.endpoint === endpoint,
  "wrong action": ({ url }) => valueOf(url, "Action") === "connect",
  "wrong user": ({ url }, { user }) => valueOf(url, "DBUser") === user,
  "wrong algorithm": ({ url }) => valueOf(url, "X-Amz-Algorithm") === algorithm,
  "wrong signed headers": ({ url }) => valueOf(url, "X-Amz-SignedHeaders") === "host",
  "wrong date in scope": ({ scope, timestamp }) => timestamp.startsWith(`${scope.date}T`),
  "wrong region": ({ scope }, { region }) => scope.region === region,
  "wrong service": ({ scope }) => scope.service === "rds-db",
  "unknown access key": ({ accessKeyId }, { accessKeys }) => accessKeys.has(accessKeyId),
  "wrong session token": ({ url, accessKeyId }, { accessKeys }) =>
    url.parameters.get(sessionTokenName) === accessKeys.get(accessKeyId)?.sessionToken,
  "not yet valid": ({ issuedAt }, { now }) => issuedAt <= now + clockSkewMs,
  expired: ({ issuedAt, lifetimeMs }, { now }) => now < issuedAt + lifetimeMs,
  "wrong signature": (token, { accessKeys }) => isSigned(token, accessKeys),
} satisfies Record<string, (token: Token, presented: Presented) => boolean>;

function isSigned(
  { url, accessKeyId, scope, timestamp }: Token,
  accessKeys: TokenPolicy["accessKeys"],
): boolean {
  const key = accessKeys.get(accessKeyId);
  const signature = valueOf(url, "X-Amz-Signature");
  if (key === undefined || !/^[0-9a-f]{64}$/.test(signature)) return false;
  const request = {
    method: "GET",
    path: "/",
    query: [...url.parameters].filter(([name]) => name !== "X-Amz-Signature"),
    headers: [["host", url.endpoint]],
    bodyHash: emptyBodyHash,
  } as const;
  return isSignedBy(key.secretAccessKey, request, scope, timestamp, signature);
}

/** The token's parts, or why it has none. */
function parseToken(text: string): Token | TokenRefusal {
  if (text.length > maxLength) return "too long";
  const url = parsePresignedUrl(text);
  if (typeof url === "string") return url;
  const known = (name: string): boolean => parameterNames.includes(name) || name === sessionTokenName;
  if (![...url.parameters.keys()].every(known)) return "parameter unknown";
  if (!parameterNames.every((name) => url.parameters.has(name))) return "parameter missing";

  const credential = parseCredential(valueOf(url, "X-Amz-Credential"));
  const timestamp = valueOf(url, "X-Amz-Date");
  const issuedAt = parseTimestamp(timestamp);
  const lifetimeMs = parseLifetime(valueOf(url, "X-Amz-Expires"));
  if (credential === undefined) return "bad credential";
  if (issuedAt === undefined) return "bad date";
  if (lifetimeMs === undefined) return "bad lifetime";
  return { url, ...credential, timestamp, issuedAt, lifetimeMs };
}

function parseLifetime(text: string): number | undefined {
  const seconds = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
  return seconds <= maxLifetimeSeconds ? seconds * second : undefined;
}

/** All that `parameterNames` lists are there once `parseToken` has looked. */
function valueOf({ parameters }: PresignedUrl, name: string): string {
  return parameters.get(name) ?? "";
}
