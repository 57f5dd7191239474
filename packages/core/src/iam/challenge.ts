/**
 * What a host signs along with its identity request, so that the proof is good for one join: it names the cluster that
 * asks, the key that is to be admitted and a number that is used once.
 */
import { printableAscii } from "./identity-request.ts";

export interface Challenge {
  readonly cluster: string;
  /** Of the host's key (RFC 7638). */
  readonly thumbprint: string;
  /** Base64url. */
  readonly nonce: string;
}

/** `postern://CLUSTER/join/THUMBPRINT/NONCE`, fit for an HTTP header. */
export function formatChallenge({ cluster, thumbprint, nonce }: Challenge): string {
  return `postern://${encodeURIComponent(cluster)}/join/${thumbprint}/${nonce}`;
}

/** Undefined for what `formatChallenge` wouldn't have made. */
export function parseChallenge(text: string): Challenge | undefined {
  const match = /^postern:\/\/([^/]+)\/join\/([\w-]{43})\/([\w-]{16,64})$/.exec(text);
  const [, cluster = "", thumbprint = "", nonce = ""] = match ?? [];
  const challenge = { cluster: decode(cluster), thumbprint, nonce };
  return match !== null && printableAscii.test(text) && formatChallenge(challenge) === text
    ? challenge
    : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
