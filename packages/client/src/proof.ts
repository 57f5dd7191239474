/** The caller's side of DPoP (RFC 9449): a key that never leaves its machine, and a proof of it per request. */
import type { webcrypto } from "node:crypto";
import type { JWK } from "jose";
// Part by part: every command would load all the rest.
import * as base64url from "jose/base64url";
import { calculateJwkThumbprint } from "jose/jwk/thumbprint";
import { SignJWT } from "jose/jwt/sign";
import { exportJWK } from "jose/key/export";
import { importJWK } from "jose/key/import";

/** A P-256 key pair. */
export interface ProofKey {
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicJwk: JWK;
  /** RFC 7638, SHA-256: what access tokens are bound to. */
  readonly thumbprint: string;
}

/** The private key as it is kept in a file that its owner alone can read (RFC 7518, 6.2). */
export type ProofKeyJwk = Readonly<Record<"x" | "y" | "d", string>> & {
  readonly kty: "EC";
  readonly crv: "P-256";
};

const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;

/** A new key. It is extractable so that it can be kept in a file; `exportProofKey` is the one way out. */
export async function generateProofKey(): Promise<ProofKey> {
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  return fromPrivateKey(pair.privateKey);
}

/** A new key that nobody can take out, not even who holds it: browsers keep it as it is. */
export async function generateSealedProofKey(): Promise<ProofKey> {
  const pair = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
  return withPublicJwk(pair.privateKey, await exportJWK(pair.publicKey));
}

/** The private key, for the file that keeps it. */
export async function exportProofKey(key: ProofKey): Promise<ProofKeyJwk> {
  return readJwk(await exportJWK(key.privateKey));
}

/** Throws TypeError, or what WebCrypto throws, for a JWK that is no P-256 private key. */
export async function importProofKey(jwk: JWK): Promise<ProofKey> {
  const key = await importJWK({ ...readJwk(jwk), ext: true }, "ES256");
  if (key instanceof Uint8Array) throw notPrivate();
  return fromPrivateKey(key);
}

async function fromPrivateKey(privateKey: webcrypto.CryptoKey): Promise<ProofKey> {
  const { d: _, ...publicJwk } = readJwk(await exportJWK(privateKey));
  return withPublicJwk(privateKey, publicJwk);
}

async function withPublicJwk(privateKey: webcrypto.CryptoKey, publicJwk: JWK): Promise<ProofKey> {
  return { privateKey, publicJwk, thumbprint: await calculateJwkThumbprint(publicJwk, "sha256") };
}

function readJwk({ kty, crv, x, y, d }: JWK): ProofKeyJwk {
  if (kty !== "EC" || crv !== "P-256" || !x || !y || !d) throw notPrivate();
  return { kty: "EC", crv: "P-256", x, y, d };
}

function notPrivate(): TypeError {
  return new TypeError("not a P-256 private key");
}

/** A proof for one request, bound to its method, URL (without query) and, where there is one, access token. */
export async function createProof(
  key: ProofKey,
  request: { method: string; url: string; accessToken?: string | undefined },
): Promise<string> {
  const { origin, pathname } = new URL(request.url);
  const claims = {
    htm: request.method,
    htu: origin + pathname,
    jti: crypto.randomUUID(),
    ...(request.accessToken !== undefined && { ath: await accessTokenHash(request.accessToken) }),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: key.publicJwk })
    .setIssuedAt()
    .sign(key.privateKey);
}

async function accessTokenHash(token: string): Promise<string> {
  return base64url.encode(
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token))),
  );
}
