/** What a host holds: one certificate, for its listener and as its identity for the API (`authenticate.ts` says why). */

import { createPublicKey, X509Certificate } from "node:crypto";
import type { HostIdentity } from "@postern/core/api/join";
import { formatTime } from "@postern/core/time";
import type { NewEvent } from "../audit/append.ts";
import type { Call, CallerOf } from "../caller.ts";
import { issueHostCertificate } from "../identity/certificate.ts";
import { trustedCertificates } from "../identity/trust.ts";
import type { JoinDeps } from "../ports.ts";
import type { Host } from "./record.ts";

/** A fresh identity of the host for the key that it has proven to hold. */
export async function createIdentity(
  deps: JoinDeps,
  { host_id, names }: Host,
  publicKey: CallerOf<"key">["publicKey"],
): Promise<HostIdentity> {
  const { certificate, expiresAt } = await issueHostCertificate(deps, deps.hostCa, {
    hostId: host_id,
    names,
    publicKey: createPublicKey({ key: { ...publicKey }, format: "jwk" }),
  });
  return {
    host_id,
    cluster_name: deps.config.clusterName,
    access_token: new X509Certificate(certificate).raw.toString("base64url"),
    expires_at: formatTime(expiresAt),
    certificate,
    certificate_expires_at: formatTime(expiresAt),
    host_ca: await trustedCertificates(deps, "host-ca"),
    user_ca: await trustedCertificates(deps, "user-ca"),
  };
}

export function identityEvent(
  { address }: Call,
  { host_id, certificate_expires_at }: HostIdentity,
): NewEvent {
  return {
    event: "cert.create",
    code: "TC000I",
    user: host_id,
    cert_type: "host",
    expires: certificate_expires_at,
    "addr.remote": address,
    success: true,
  };
}
