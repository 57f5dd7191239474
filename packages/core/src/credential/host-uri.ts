/** Who a host certificate is for: one URI subject alternative name beside the names that clients dial. */
import { isId } from "../id.ts";

/** `postern://<cluster>/hosts/<host id>` */
export function formatHostUri(cluster: string, hostId: string): string {
  return `postern://${encodeURIComponent(cluster)}/hosts/${hostId}`;
}

/**
 * The host id in a certificate that the host CA signed; undefined for another cluster's.
 * @param subjectAltName as Node writes it: `DNS:…, IP Address:…, URI:…`; a name that holds a comma or a quote is quoted, so
 *   no DNS name can pass for the URI
 */
export function hostIdOf(
  cluster: string,
  { subjectAltName }: { readonly subjectAltName: string | undefined },
): string | undefined {
  const prefix = `URI:${formatHostUri(cluster, "")}`;
  const uri = subjectAltName?.split(", ").find((name) => name.startsWith(prefix));
  const hostId = uri?.slice(prefix.length);
  return hostId !== undefined && isId("host", hostId) ? hostId : undefined;
}
