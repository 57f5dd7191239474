/**
 * Proofs of possession (DPoP, RFC 9449): with each call the caller signs its method and address with the key that its
 * identity is bound to, so that a stolen access token alone opens nothing.
 */

import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { Fault } from "@postern/core/fault";
import { minute } from "@postern/core/time";
import { decodeProtectedHeader } from "jose/decode/protected_header";
import { calculateJwkThumbprint } from "jose/jwk/thumbprint";
import { compactVerify } from "jose/jws/compact/verify";
import { importJWK } from "jose/key/import";
import { z } from "zod";
import { proofKey } from "../keys.ts";
import type { Base } from "../ports.ts";

/** A proof's time may differ from ours by this much, either way. */
export const proofWindow = minute;
const maxProofLength = 2048;

const Coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
/** A public key; one that also holds its private part (`d`) is refused with every other unknown key. */
const PublicKey = z.strictObject({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: Coordinate,
  y: Coordinate,
});

const Header = z.strictObject({ typ: z.literal("dpop+jwt"), alg: z.literal("ES256"), jwk: PublicKey });

const Claims = z.strictObject({
  jti: z.string().regex(/^[\x21-\x7e]{16,128}$/),
  htm: z.string(),
  htu: z.string().max(1024),
  iat: z.int(),
  ath: z.string().optional(),
});

/** The HTTP request that a proof came with; `path` has no query. */
export interface ProvenRequest {
  readonly method: string;
  readonly path: string;
  /** The access token that came with it: the proof must name its hash. */
  readonly accessToken?: string | undefined;
}

/** A key that the caller holds, shown for one request. Only `verifyProof` makes it. */
export interface Proof {
  readonly thumbprint: string;
  readonly publicKey: z.infer<typeof PublicKey>;
  readonly jti: string;
  /** Milliseconds since 1970: no server takes the proof from here on. */
  readonly expiresAt: number;
}

/** @throws Fault `auth.invalid` that names what is wrong with the proof. */
export async function verifyProof(base: Base, proof: string, request: ProvenRequest): Promise<Proof> {
  if (proof.length > maxProofLength) throw refused("is too long");
  const { jwk } = parse(Header, () => decodeProtectedHeader(proof), "has a header that is not allowed");
  const claims = parse(Claims, await readPayload(proof, jwk), "has claims that are not allowed");
  if (claims.htm !== request.method) throw refused("is for another method");
  if (!isOwnAddress(base.config.origins, request.path, claims.htu)) throw refused("is for another address");
  const issuedAt = claims.iat * 1000;
  if (Math.abs(base.clock() - issuedAt) > proofWindow)
    throw refused("is too old or from the future", clockHint);
  if (claims.ath !== (request.accessToken && hashOf(request.accessToken)))
    throw refused("is for another access token");
  const thumbprint = await calculateJwkThumbprint(jwk, "sha256");
  return { thumbprint, publicKey: jwk, jti: claims.jti, expiresAt: issuedAt + proofWindow + 1 };
}

/**
 * Takes a proof out of use, so that whoever saw the request can't send it again.
 * @throws Fault `auth.replayed` for a proof that was used before.
 */
export async function spendProof(base: Base, proof: Proof): Promise<void> {
  const result = await base.store.commit([
    {
      type: "put",
      key: proofKey(proof.thumbprint, proof.jti),
      value: {},
      // Twice as long as any clock of ours would take it: a server whose clock is behind takes it a little longer.
      expiresAt: proof.expiresAt + proofWindow,
      condition: { type: "absent" },
    },
  ]);
  if (result.type === "committed") return;
  throw new Fault("auth.replayed", "this proof of possession was used before", {
    hint: "make a new one for each call",
  });
}

async function readPayload(proof: string, jwk: z.infer<typeof PublicKey>): Promise<() => unknown> {
  try {
    const key = await importJWK({ ...jwk }, "ES256");
    const { payload } = await compactVerify(proof, key, { algorithms: ["ES256"] });
    return () => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    throw refused("is not signed by the key that it shows");
  }
}

function parse<T>(schema: z.ZodType<T>, read: () => unknown, problem: string): T {
  try {
    return schema.parse(read());
  } catch {
    throw refused(problem);
  }
}

/** RFC 9449, 4.3, check 9: `htu` is compared after normalisation; it has no query and no fragment. */
function isOwnAddress(origins: readonly string[], path: string, htu: string): boolean {
  const claimed = URL.parse(htu);
  if (!claimed || /[?#]/.test(htu)) return false;
  // Put together as text: as a reference to resolve, the path `//evil.example/` would name another host.
  const own = origins.map((origin) => URL.parse(origin + path.replaceAll("?", "%3F").replaceAll("#", "%23")));
  return own.some((url) => url !== null && isSameAddress(url, claimed));
}

/**
 * Segments are compared decoded: API Gateway's HTTP APIs hand on a path that they have decoded (`alice@example.com`),
 * the caller signed the one that he sent (`alice%40example.com`).
 */
function isSameAddress(a: URL, b: URL): boolean {
  const parts = ({ origin, username, password, pathname }: URL) => [
    origin,
    username,
    password,
    ...pathname.split("/").map(decodeSegment),
  ];
  return isDeepStrictEqual(parts(a), parts(b));
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // not well encoded, which is for who reads it to refuse
  }
}

/** `ath`: base64url of the SHA-256 of the access token's ASCII (RFC 9449, 4.2). */
function hashOf(accessToken: string): string {
  return createHash("sha256").update(accessToken).digest("base64url");
}

const clockHint = "is the clock of this machine right?";

function refused(problem: string, hint?: string): Fault {
  return new Fault("auth.invalid", `the proof of possession ${problem}`, hint === undefined ? {} : { hint });
}
