/**
 * What a client presented, verified again: the proxy looked at it, and this doesn't count on that. A certificate must be
 * the user CA's, for client authentication, in its time, with one name; a database token must have its grant's secret.
 */

import { X509Certificate } from "node:crypto";
import type { PresentedCredential } from "@postern/core/api/host";
import { parseClaimsUri } from "@postern/core/credential/claims";
import { parseDatabaseToken } from "@postern/core/credential/database-token";
import type { Item } from "@postern/store/port";
import { type Grant, loadGrant } from "../identity/grant.ts";
import { isSecret } from "../identity/secret.ts";
import { isSignedBy } from "../identity/trust.ts";
import type { Base } from "../ports.ts";
import { badCredential, type Denial } from "./denial.ts";

/** A credential that was really issued and isn't over. It says who, never what they may do; its uses are not counted yet. */
export interface VerifiedCredential {
  readonly type: "verified";
  readonly grant: Grant;
  /** The grant as it was read: a use is counted on condition that nobody else did. */
  readonly item: Item;
}

/** id-kp-clientAuth (RFC 5280, 4.2.1.12). */
const clientAuth = "1.3.6.1.5.5.7.3.2";

export async function verifyCredential(
  base: Base,
  presented: PresentedCredential,
): Promise<VerifiedCredential | Denial> {
  switch (presented.type) {
    case "certificate":
      return await verifyCertificate(base, presented.certificate);
    case "token":
      return await verifyToken(base, presented.token);
    default:
      return presented satisfies never;
  }
}

async function verifyCertificate(base: Base, pem: string): Promise<VerifiedCredential | Denial> {
  const certificate = parseCertificate(pem);
  if (certificate === undefined || !(await isSignedBy(base, "user-ca", certificate))) {
    return badCredential("the client certificate is not from this cluster", [
      "not signed by a trusted user CA",
    ]);
  }
  const usage: readonly string[] = certificate.keyUsage ?? []; // Node's name for the *extended* key usage
  if (certificate.ca || !usage.includes(clientAuth)) {
    return badCredential("the certificate is not for clients", ["without clientAuth, or an authority's own"]);
  }
  const now = base.clock();
  const validity = `valid from ${certificate.validFrom} to ${certificate.validTo}`;
  if (certificate.validToDate.getTime() <= now)
    return badCredential("the client certificate has expired", [validity]);
  if (now < certificate.validFromDate.getTime())
    return badCredential("the client certificate is not valid yet", [validity]);
  return await verifyClaims(base, certificate);
}

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** Every fact that the certificate states must be its grant's: what it says beyond that was never granted. */
async function verifyClaims(base: Base, certificate: X509Certificate): Promise<VerifiedCredential | Denial> {
  const [, uri] = /^URI:([^,"\s]+)$/.exec(certificate.subjectAltName ?? "") ?? [];
  const claims = uri === undefined ? undefined : parseClaimsUri(uri);
  if (claims === undefined || claims.cluster !== base.config.clusterName) {
    return badCredential("the client certificate is not for this cluster", [
      "without exactly one name of ours",
    ]);
  }
  const loaded = await loadGrant(base, claims.grant_id);
  if (loaded === undefined) return overGrant(claims.grant_id);
  const { grant } = loaded;
  const facts = ["user", "login_session", "database", "db_user", "db_name"] as const;
  if (grant.type !== "certificate" || facts.some((fact) => grant[fact] !== claims[fact])) {
    return badCredential("the client certificate is not what was granted", [
      `differs from ${grant.grant_id}`,
    ]);
  }
  return { type: "verified", ...loaded };
}

async function verifyToken(base: Base, text: string): Promise<VerifiedCredential | Denial> {
  const token = parseDatabaseToken(text);
  if (token === undefined) {
    return badCredential("the password is not a database token", ["not of a database token's form"]);
  }
  const loaded = await loadGrant(base, token.grant_id);
  const hash = loaded?.grant.type === "token" ? loaded.grant.secret_hash : null;
  if (loaded === undefined || hash === null) return overGrant(token.grant_id);
  if (!isSecret(token.secret, hash)) return overGrant(token.grant_id, "wrong secret");
  return { type: "verified", ...loaded };
}

/** Never was, is over, or has another secret: which of them is for the audit log. */
function overGrant(grantId: string, reason = "no such grant, or it has ended"): Denial {
  return badCredential("the credential has expired or was never issued", [`${grantId}: ${reason}`]);
}
