/** The two kinds of certificates that Postern issues, each by its own authority and for one purpose. */

import { createPublicKey, type KeyObject } from "node:crypto";
import { type CredentialClaims, formatClaimsUri } from "@postern/core/credential/claims";
import { formatHostUri } from "@postern/core/credential/host-uri";
import { Fault } from "@postern/core/fault";
import { isIpAddress } from "@postern/core/resource/endpoint";
import { hour, minute } from "@postern/core/time";
import type { Base, Signer } from "../ports.ts";
import { authoritySubject, ensureAuthority, purposes } from "./authority.ts";
import { isP256 } from "./es256.ts";
import type { CertificateAuthority } from "./trust.ts";
import { x509 } from "./x509-library.ts";
import { signCertificate } from "./x509-signing.ts";

export const hostCertificateLifetime = 24 * hour;
/** For clocks that are a little behind ours. */
const backdated = minute;
/** The longest Common Name (RFC 5280, appendix A.1, ub-common-name). */
const maxCommonName = 64;

/** A certificate in PEM, and the milliseconds since 1970 at which it ends. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly expiresAt: number;
}

/**
 * Reads the key that a certificate is asked for.
 * @throws Fault `input.invalid` for anything but a P-256 public key in PEM.
 */
export function parsePublicKey(pem: string): KeyObject {
  try {
    // A private key would be accepted, too, and its public half derived: nobody may get used to sending one.
    if (!pem.includes("PRIVATE")) {
      const key = createPublicKey(pem);
      if (isP256(key)) return key;
    }
  } catch {
    // OpenSSL's words about what it could not read help nobody.
  }
  throw new Fault("input.invalid", "the public key must be a P-256 key as SubjectPublicKeyInfo in PEM", {
    issues: [{ path: "public_key", message: "expected a P-256 public key in PEM" }],
  });
}

/** A client certificate that names user, login session, grant and target in one URI (`claims.ts`). */
export async function issueClientCertificate(
  base: Base,
  userCa: Signer,
  claims: CredentialClaims,
  publicKey: KeyObject,
  notAfter: number,
): Promise<IssuedCertificate> {
  return await issue(base, "user-ca", userCa, {
    subject: [{ CN: [claims.user.slice(0, maxCommonName)] }],
    publicKey,
    notAfter,
    names: [{ type: "url", value: formatClaimsUri(claims) }],
  });
}

/**
 * A server certificate for a host's listener. `names` (DNS names and IP addresses) come from its join token, never
 * from the host. The subject is empty and the names therefore critical (RFC 5280, 4.2.1.6): no Common Name to fall
 * back to.
 */
export async function issueHostCertificate(
  base: Base,
  hostCa: Signer,
  host: { readonly hostId: string; readonly names: readonly string[]; readonly publicKey: KeyObject },
): Promise<IssuedCertificate> {
  const names = host.names.map((value) => ({
    type: isIpAddress(value) ? ("ip" as const) : ("dns" as const),
    value,
  }));
  return await issue(base, "host-ca", hostCa, {
    subject: [],
    publicKey: host.publicKey,
    notAfter: base.clock() + hostCertificateLifetime,
    names: [...names, { type: "url", value: formatHostUri(base.config.clusterName, host.hostId) }],
  });
}

interface EndEntity {
  readonly subject: x509.JsonName;
  readonly publicKey: KeyObject;
  readonly notAfter: number;
  readonly names: x509.JsonGeneralNames;
}

async function issue(
  base: Base,
  authority: CertificateAuthority,
  signer: Signer,
  entity: EndEntity,
): Promise<IssuedCertificate> {
  await ensureAuthority(base, authority, signer);
  const { subject, publicKey, notAfter } = entity;
  const certificate = await signCertificate(signer, base.random, {
    subject,
    issuer: authoritySubject(base, authority),
    publicKey,
    issuerKey: await signer.publicKey(),
    notBefore: base.clock() - backdated,
    notAfter,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([purposes[authority]]),
      new x509.SubjectAlternativeNameExtension(entity.names, subject.length === 0),
    ],
  });
  return { certificate, expiresAt: Math.floor(notAfter / 1000) * 1000 };
}
