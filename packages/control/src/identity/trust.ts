/**
 * Whom to trust: the authorities' public halves, as lists in the store (active first, then those whose signatures are
 * still good), so that every function verifies without KMS and rotation is data. `authority.ts` writes them.
 */
import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { z } from "zod";
import { authorityKey } from "../keys.ts";
import type { Base } from "../ports.ts";

export type CertificateAuthority = "user-ca" | "host-ca";
export type AuthorityName = CertificateAuthority | "access-token";

export const AuthorityEntry = z.strictObject({
  /** The public key's thumbprint (RFC 7638). */
  kid: z.string(),
  /** SubjectPublicKeyInfo in PEM. */
  public_key: z.string(),
  /** Self-signed, in PEM; null for the key of access tokens, which is no certificate authority. */
  certificate: z.string().nullable(),
  /** Milliseconds since 1970. */
  created_at: z.int(),
});
export type AuthorityEntry = z.infer<typeof AuthorityEntry>;

export const AuthorityRecord = z.strictObject({ entries: z.array(AuthorityEntry).min(1) });

/** The authority's entries, active first; none before its first signature. */
export async function loadAuthority(base: Base, name: AuthorityName): Promise<readonly AuthorityEntry[]> {
  const item = await base.store.get(authorityKey(name));
  return item ? AuthorityRecord.parse(item.value).entries : [];
}

/** The authority's certificates in PEM, active first, for clients and hosts to trust. */
export async function trustedCertificates(base: Base, name: CertificateAuthority): Promise<string[]> {
  const entries = await loadAuthority(base, name);
  return entries.flatMap(({ certificate }) => certificate ?? []);
}

/** The public key by its `kid`; undefined for one that isn't (or is no longer) trusted. */
export async function trustedKey(
  base: Base,
  name: AuthorityName,
  kid: string,
): Promise<KeyObject | undefined> {
  const entries = await loadAuthority(base, name);
  const entry = entries.find((candidate) => candidate.kid === kid);
  return entry && createPublicKey(entry.public_key);
}

/** True for a certificate that one of the authority's keys signed; says nothing about its time or names. */
export async function isSignedBy(
  base: Base,
  name: CertificateAuthority,
  certificate: X509Certificate,
): Promise<boolean> {
  const authorities = (await trustedCertificates(base, name)).map((pem) => new X509Certificate(pem));
  return authorities.some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
}
