/**
 * ES256 (ECDSA on P-256 with SHA-256) by keys that can't be taken out. jose wants the private key itself, so tokens
 * are put together here; they are verified with jose like any others.
 */

import type { KeyObject } from "node:crypto";
import { invariant } from "@postern/core/fault";
import { calculateJwkThumbprint } from "jose/jwk/thumbprint";
import type { Signer } from "../ports.ts";

/** Bytes of r and of s. */
const coordinateBytes = 32;

/** A JWS in compact serialization (RFC 7515, 7.1); `alg` is added to the header. */
export async function signCompact(signer: Signer, header: object, payload: object): Promise<string> {
  const signed = `${encodeJson({ ...header, alg: "ES256" })}.${encodeJson(payload)}`;
  const signature = p1363FromDer(await signer.sign(Buffer.from(signed)));
  return `${signed}.${Buffer.from(signature).toString("base64url")}`;
}

function encodeJson(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/**
 * Turns the signature that X.509 and KMS write, SEQUENCE { r INTEGER, s INTEGER } in DER (RFC 3279, 2.2.3), into the
 * one that JWS (RFC 7518, 3.4) and WebCrypto write: r and s, 32 bytes each.
 */
export function p1363FromDer(der: Uint8Array): Uint8Array {
  // At most 2 + 2 * (2 + 33) bytes, so every length has the one-byte form.
  invariant(
    der.length <= 72 && der[0] === 0x30 && der[1] === der.length - 2,
    "a DER signature is a SEQUENCE",
  );
  const r = readInteger(der, 2);
  const s = readInteger(der, r.end);
  invariant(s.end === der.length, "a DER signature has two numbers");
  const signature = new Uint8Array(2 * coordinateBytes);
  signature.set(r.digits, coordinateBytes - r.digits.length);
  signature.set(s.digits, 2 * coordinateBytes - s.digits.length);
  return signature;
}

function readInteger(der: Uint8Array, at: number): { readonly digits: Uint8Array; readonly end: number } {
  const length = der[at + 1] ?? 0;
  const end = at + 2 + length;
  invariant(der[at] === 0x02 && length > 0 && end <= der.length, "a DER signature holds INTEGERs");
  // A leading zero keeps a number with its highest bit set from being negative.
  const digits = der.subarray(der[at + 2] === 0 ? at + 3 : at + 2, end);
  invariant(digits.length <= coordinateBytes, "a P-256 signature's numbers have 32 bytes");
  return { digits, end };
}

/** True for a public key on P-256, the one curve that we sign and verify with. */
export function isP256(key: KeyObject): boolean {
  return (
    key.type === "public" &&
    key.asymmetricKeyType === "ec" &&
    key.asymmetricKeyDetails?.namedCurve === "prime256v1"
  );
}

/** The JWK thumbprint (RFC 7638) by which a key is known: base64url of 32 bytes. */
export async function thumbprintOf(key: KeyObject): Promise<string> {
  invariant(isP256(key), "keys are on P-256");
  const { kty, crv, x, y } = key.export({ format: "jwk" });
  invariant(
    kty === "EC" && crv !== undefined && x !== undefined && y !== undefined,
    "a P-256 key has x and y",
  );
  return await calculateJwkThumbprint({ kty, crv, x, y }, "sha256");
}
