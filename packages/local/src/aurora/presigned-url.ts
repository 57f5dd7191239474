/** Reads a presigned URL without its scheme, strictly: what could be read in two ways is not read at all. */
import { encode } from "../sigv4.ts";

export interface PresignedUrl {
  /** host:port, as written. */
  readonly endpoint: string;
  /** Decoded, in the order sent; no name twice. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** `host:port/?name=value&…`, or what is wrong with it. */
export function parsePresignedUrl(text: string): PresignedUrl | "not a presigned URL" | "parameter twice" {
  const { endpoint, query } = /^(?<endpoint>[a-z0-9.-]+:\d+)\/\?(?<query>.+)$/.exec(text)?.groups ?? {};
  if (endpoint === undefined || query === undefined) return "not a presigned URL";
  const parameters = new Map<string, string>();
  for (const pair of query.split("&")) {
    const [name, value, ...more] = pair.split("=").map(decode);
    if (name === undefined || value === undefined || more.length > 0) return "not a presigned URL";
    if (parameters.has(name)) return "parameter twice";
    parameters.set(name, value);
  }
  return { endpoint, parameters };
}

/** Undefined for what AWS's encoding would not have produced: a plus for a space, %2f for %2F, bytes that are not UTF-8. */
function decode(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text);
    return encode(decoded) === text ? decoded : undefined;
  } catch {
    return undefined;
  }
}
