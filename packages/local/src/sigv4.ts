/**
 * AWS Signature Version 4, the verifier's half, written from the IAM user guide ("Create a signed AWS API request"). It
 * shares no code with the AWS SDK, which signs: two readings of one document have to agree.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export const algorithm = "AWS4-HMAC-SHA256";

/** The hash of no body. */
export const emptyBodyHash = sha256("");

/** What a signature covers of a request. */
export interface SignedRequest {
  readonly method: string;
  /** The path as sent, percent-encoded. */
  readonly path: string;
  /** Decoded, in any order; of a presigned URL all but `X-Amz-Signature`. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The signed headers: names in lower case, values as sent. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** SHA-256 of the body, lower-case hex. */
  readonly bodyHash: string;
}

/** Where and when a signing key is good: `<date>/<region>/<service>/aws4_request`. */
export interface Scope {
  /** yyyymmdd, UTC. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/**
 * Whether `signature` (lower-case hex) is what the owner of `secret` signs for this request at `timestamp` (yyyymmddThhmmssZ). Takes the
 * same time wherever the two differ.
 */
export function isSignedBy(
  secret: string,
  request: SignedRequest,
  scope: Scope,
  timestamp: string,
  signature: string,
): boolean {
  const given = Buffer.from(signature, "hex");
  const wanted = hmac(signingKey(secret, scope), stringToSign(request, scope, timestamp));
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** `ACCESS-KEY-ID/<scope>`, as the credential of a request is written. Undefined for any other text. */
export function parseCredential(text: string): { accessKeyId: string; scope: Scope } | undefined {
  const [accessKeyId, date, region, service, ending, ...more] = text.split("/");
  if (accessKeyId === undefined || date === undefined || region === undefined || service === undefined)
    return undefined;
  return ending === "aws4_request" && more.length === 0
    ? { accessKeyId, scope: { date, region, service } }
    : undefined;
}

function stringToSign(request: SignedRequest, scope: Scope, timestamp: string): string {
  return [algorithm, timestamp, formatScope(scope), sha256(canonicalRequest(request))].join("\n");
}

export function formatScope({ date, region, service }: Scope): string {
  return [date, region, service, "aws4_request"].join("/");
}

function canonicalRequest(request: SignedRequest): string {
  const headers = sortByName(
    request.headers.map(([name, value]) => [name, value.trim().replace(/ +/g, " ")]),
  );
  return [
    request.method,
    request.path,
    sortByName(request.query.map(([name, value]) => [encode(name), encode(value)]))
      .map(([name, value]) => `${name}=${value}`)
      .join("&"),
    ...headers.map(([name, value]) => `${name}:${value}`),
    "",
    headers.map(([name]) => name).join(";"),
    request.bodyHash,
  ].join("\n");
}

function signingKey(secret: string, { date, region, service }: Scope): Buffer {
  return [date, region, service, "aws4_request"].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`));
}

/** AWS's UriEncode: all but the unreserved characters of RFC 3986, in upper-case hex. */
export function encode(text: string): string {
  const escape = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text).replace(/[!'()*]/g, escape);
}

/** Milliseconds since 1970 of a timestamp in ISO 8601's basic format, yyyymmddThhmmssZ; undefined for any other text. */
export function parseTimestamp(text: string): number | undefined {
  const basic = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;
  if (!basic.test(text)) return undefined;
  const ms = Date.parse(text.replace(basic, "$1-$2-$3T$4:$5:$6Z"));
  // The 31st of a shorter month would roll over into the next one.
  return !Number.isNaN(ms) && formatTimestamp(ms) === text ? ms : undefined;
}

export function formatTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** By code point, as the guide asks, not by a locale. */
function sortByName(pairs: (readonly [string, string])[]): (readonly [string, string])[] {
  return pairs.sort(([a, x], [b, y]) => compare(a, b) || compare(x, y));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
