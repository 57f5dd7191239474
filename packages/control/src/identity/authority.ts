/**
 * The three authorities that sign here: user CA (client certificates alone), host CA (server certificates alone) and
 * the key of access tokens. Each comes into being with its first signature, by a conditional put: of two cold starts
 * one writes the record and the other takes it.
 */

import type { KeyObject } from "node:crypto";
import { Fault, invariant } from "@postern/core/fault";
import { day, minute } from "@postern/core/time";
import { authorityKey } from "../keys.ts";
import type { Base, Signer } from "../ports.ts";
import { isP256, thumbprintOf } from "./es256.ts";
import {
  type AuthorityEntry,
  type AuthorityName,
  type CertificateAuthority,
  loadAuthority,
} from "./trust.ts";
import { x509 } from "./x509-library.ts";
import { signCertificate } from "./x509-signing.ts";

const lifetime = 3650 * day;
/** For clocks that are a little behind ours. */
const backdated = minute;

/**
 * The authority's entry for the signer's key, written first where the authority is new.
 * @throws Fault `service.unavailable` where others sign for this authority and our key isn't among theirs.
 */
export async function ensureAuthority(
  base: Base,
  name: AuthorityName,
  signer: Signer,
): Promise<AuthorityEntry> {
  const publicKey = await signer.publicKey();
  invariant(isP256(publicKey), "authorities sign with P-256");
  const kid = await thumbprintOf(publicKey);
  const known = await loadAuthority(base, name);
  const entries = known.length > 0 ? known : await createAuthority(base, name, signer, { kid, publicKey });
  const entry = entries.find((candidate) => candidate.kid === kid);
  if (entry) return entry;
  throw new Fault(
    "service.unavailable",
    `the signing key of \`${name}\` is not the one that its trust list names`,
    {
      hint: "an admin restores the key, or adds the new one to the list",
    },
  );
}

async function createAuthority(
  base: Base,
  name: AuthorityName,
  signer: Signer,
  key: { readonly kid: string; readonly publicKey: KeyObject },
): Promise<readonly AuthorityEntry[]> {
  const entry = {
    kid: key.kid,
    public_key: key.publicKey.export({ type: "spki", format: "pem" }).toString(),
    certificate: name === "access-token" ? null : await selfSign(base, name, signer, key.publicKey),
    created_at: base.clock(),
  };
  const result = await base.store.commit([
    { type: "put", key: authorityKey(name), value: { entries: [entry] }, condition: { type: "absent" } },
  ]);
  return result.type === "committed" ? [entry] : await loadAuthority(base, name);
}

/**
 * A certificate authority's own certificate (RFC 5280, 4.2.1): it signs end entities of one purpose and no further
 * authority. The purpose stands in the authority, too, which OpenSSL and Go hold every certificate below it to.
 */
async function selfSign(
  base: Base,
  name: CertificateAuthority,
  signer: Signer,
  publicKey: KeyObject,
): Promise<string> {
  const subject = authoritySubject(base, name);
  const now = base.clock();
  return await signCertificate(signer, base.random, {
    subject,
    issuer: subject,
    publicKey,
    issuerKey: publicKey,
    notBefore: now - backdated,
    notAfter: now + lifetime,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      new x509.ExtendedKeyUsageExtension([purposes[name]]),
    ],
  });
}

/** What an authority's certificates are for. */
export const purposes = {
  "user-ca": x509.ExtendedKeyUsage.clientAuth,
  "host-ca": x509.ExtendedKeyUsage.serverAuth,
} as const satisfies Record<CertificateAuthority, string>;

const titles = { "user-ca": "user CA", "host-ca": "host CA" } as const;

/** `CN=<cluster> user CA, O=Postern`: the issuer of all that it signs. */
export function authoritySubject(base: Base, name: CertificateAuthority): x509.JsonName {
  return [{ O: ["Postern"] }, { CN: [`${base.config.clusterName} ${titles[name]}`] }];
}
