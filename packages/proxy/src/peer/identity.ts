/**
 * Who the other end is, where that is a host. Host certificates are for servers alone: no authority issues one for a
 * client's part. Between hosts the same certificate is the identity of both ends, as it is towards the control plane; so the
 * end that is dialled checks the dialling one's by the rules below and not by TLS's for clients. It opens nothing but what
 * this folder offers: for sessions the user CA is asked, which never signed a host.
 */
import { X509Certificate } from "node:crypto";
import { hostIdOf } from "@postern/core/credential/host-uri";

export interface Authorities {
  readonly cluster: string;
  /** The host CA's certificates, in PEM. */
  readonly hostCa: readonly string[];
}

/** https://oid-base.com/get/1.3.6.1.5.5.7.3.1 */
const serverAuth = "1.3.6.1.5.5.7.3.1";

/**
 * The id of the host whose certificate this is; undefined for any other certificate. TLS has seen to it that the other end
 * holds the key.
 * @param now milliseconds since 1970
 */
export function hostOf(
  certificate: X509Certificate,
  { cluster, hostCa }: Authorities,
  now: number,
): string | undefined {
  if (certificate.ca || certificate.keyUsage?.join() !== serverAuth) return undefined;
  if (certificate.validFromDate.getTime() > now || certificate.validToDate.getTime() <= now) return undefined;
  if (!hostCa.some((pem) => isIssuedBy(certificate, new X509Certificate(pem)))) return undefined;
  return hostIdOf(cluster, certificate);
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
