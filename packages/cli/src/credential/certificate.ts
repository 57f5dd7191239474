/** Client certificates for one database, database user and database name, and where they are good. */
import { generateKeyPairSync } from "node:crypto";
import type { CertificatePurpose, CredentialResponse } from "@postern/core/api/identity";
import { Fault } from "@postern/core/fault";
import type { UserSession } from "../session.ts";

export interface Target {
  /** As `postern db ls` names it. */
  readonly database: string;
  readonly db_user: string;
  readonly db_name: string;
}

export interface ClientCertificate {
  /** In PEM, as the key. */
  readonly certificate: string;
  /** PKCS#8. */
  readonly privateKey: string;
  /** `host:port` of each proxy that serves the database; the first is to be tried first. */
  readonly addresses: readonly [string, ...string[]];
  /** The authorities that may sign the proxies' certificates, in PEM, as the login pinned them. */
  readonly hostCa: readonly string[];
  readonly grantId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** With a key that is made for it. Throws Fault: `access.denied`, `resource.missing`, `auth.expired`, … */
export async function requestCertificate(
  { client, hostCa }: Pick<UserSession, "client" | "hostCa">,
  target: Target,
  purpose: CertificatePurpose,
): Promise<ClientCertificate> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const body = { type: "certificate", ...target, public_key: publicKey, purpose } as const;
  const answer = await client.call("createCredential", { body });
  if (answer.type !== "certificate") throw new Fault("internal", "asked for a certificate and got none");
  return {
    certificate: answer.certificate,
    privateKey,
    addresses: addressesOf(answer),
    hostCa,
    grantId: answer.grant_id,
    expiresAt: Date.parse(answer.expires_at),
  };
}

/** Where a credential is good, in the order in which to try. */
function addressesOf({ public_addr, fallback_addrs }: CredentialResponse): readonly [string, ...string[]] {
  return [public_addr, ...fallback_addrs];
}
