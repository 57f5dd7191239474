/** Who a host certificate is for: one URI subject alternative name beside the names that clients dial. */

import type { X509Certificate } from "node:crypto";
import { isId } from "@postern/core/id";

/** `postern://<cluster>/hosts/<host id>` */
export function formatHostUri(cluster: string, hostId: string): string {
  return `postern://${encodeURIComponent(cluster)}/hosts/${hostId}`;
}

/**
 * The host id in a certificate that the host CA signed; undefined for another cluster's. Node writes the names as
 * `DNS:…, IP Address:…, URI:…` and quotes a name that holds a comma or a quote, so no DNS name can pass for the URI.
 */
export function hostIdOf(cluster: string, certificate: X509Certificate): string | undefined {
  const prefix = `URI:${formatHostUri(cluster, "")}`;
  const uri = certificate.subjectAltName?.split(", ").find((name) => name.startsWith(prefix));
  const hostId = uri?.slice(prefix.length);
  return hostId !== undefined && isId("host", hostId) ? hostId : undefined;
}
