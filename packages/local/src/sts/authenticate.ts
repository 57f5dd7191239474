/**
 * Who signed a request to STS: Signature Version 4 in the `Authorization` header, verified as AWS does, by code that the
 * signers share nothing of ("Troubleshoot Signature Version 4", IAM user guide, has the words of each refusal).
 */
import type { IncomingHttpHeaders } from "node:http";
import { minute } from "@postern/core/time";
import {
  algorithm,
  formatTimestamp,
  isSignedBy,
  parseCredential,
  parseTimestamp,
  type Scope,
  sha256,
} from "../sigv4.ts";
import type { Directory, KnownKey, Principal } from "./directory.ts";
import { expiredToken, incompleteSignature, invalidToken, missingToken, wrongSignature } from "./refusal.ts";

export interface StsRequest {
  readonly method: string;
  /** With its query, as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const window = 15 * minute;
const shape = new RegExp(
  `^${algorithm} Credential=([^, ]+), ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$`,
);

interface Authorization {
  readonly accessKeyId: string;
  readonly scope: Scope;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** @throws StsRefusal as STS would refuse it */
export function authenticate(
  request: StsRequest,
  directory: Directory,
  region: string,
  now: number,
): Principal {
  const authorization = parseAuthorization(request.headers.authorization);
  const key = directory.key(authorization.accessKeyId);
  requireScope(authorization.scope, region);
  const timestamp = requireTime(request.headers["x-amz-date"], authorization.scope, now);
  requireSigned(request.headers, authorization.signedHeaders);
  if (key === undefined || request.headers["x-amz-security-token"] !== key.sessionToken) throw invalidToken();
  if (!verifies(request, authorization, timestamp, key)) throw wrongSignature();
  if (key.expiresAt !== undefined && now >= key.expiresAt) throw expiredToken();
  return key.principal;
}

function parseAuthorization(header: string | undefined): Authorization {
  if (header === undefined) throw missingToken();
  const [, credential = "", names = "", signature = ""] = shape.exec(header) ?? [];
  const parsed = parseCredential(credential);
  if (parsed === undefined)
    throw incompleteSignature("Authorization header requires 'Credential', 'Signature', 'SignedHeaders'");
  return { ...parsed, signedHeaders: names.split(";"), signature };
}

function requireScope({ region: scoped, service }: Scope, region: string): void {
  if (service !== "sts") throw wrongSignature("Credential should be scoped to correct service: 'sts'. ");
  if (scoped !== region) throw wrongSignature("Credential should be scoped to a valid region. ");
}

function requireTime(header: string | string[] | undefined, { date }: Scope, now: number): string {
  const time = typeof header === "string" ? parseTimestamp(header) : undefined;
  if (typeof header !== "string" || time === undefined)
    throw incompleteSignature("Date must be in ISO-8601 'basic format'. Got '' ");
  const told = formatTimestamp(now);
  if (!header.startsWith(date))
    throw wrongSignature(
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP",
    );
  if (time + window <= now)
    throw wrongSignature(
      `Signature expired: ${header} is now earlier than ${formatTimestamp(now - window)} (${told} - 15 min.)`,
    );
  if (time > now + window)
    throw wrongSignature(
      `Signature not yet current: ${header} is still later than ${formatTimestamp(now + window)} (${told} + 15 min.)`,
    );
  return header;
}

/** The host, and every header that AWS gives a meaning to. */
function requireSigned(headers: IncomingHttpHeaders, signed: readonly string[]): void {
  const needed = Object.keys(headers).filter((name) => name === "host" || name.startsWith("x-amz-"));
  const missing = needed.filter((name) => !signed.includes(name));
  if (missing.length > 0)
    throw wrongSignature(
      `${missing.map((name) => `'${name}'`).join(", ")} must be a 'SignedHeader' in the AWS Authorization.`,
    );
}

function verifies(
  { method, url, headers, body }: StsRequest,
  { scope, signedHeaders, signature }: Authorization,
  timestamp: string,
  { secretAccessKey }: KnownKey,
): boolean {
  const [path = "", query = ""] = url.split("?");
  const values = signedHeaders.map((name) => [name, headers[name]] as const);
  const present = values.filter((pair): pair is readonly [string, string] => typeof pair[1] === "string");
  const signed = {
    method,
    path,
    query: [...new URLSearchParams(query)],
    headers: present,
    bodyHash: sha256(body),
  };
  return present.length === values.length && isSignedBy(secretAccessKey, signed, scope, timestamp, signature);
}
