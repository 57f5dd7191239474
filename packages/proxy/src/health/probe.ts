import type { ServedDatabase } from "@postern/core/api/host";
import { invariant } from "@postern/core/fault";
import { parseEndpoint } from "@postern/core/resource/endpoint";
import { Refusal, reportOf } from "../refusal/refusal.ts";
import { openSecure, type UpstreamOptions } from "../upstream/connect.ts";

/**
 * Whether a session could get as far as its login: the network, TLS, and a certificate that can be trusted. Nobody logs in,
 * and PostgreSQL says nothing in its log of a connection that asks for nothing.
 * @returns why not; undefined where it could. @throws the signal's reason where that isn't the time
 */
export async function probe(
  { spec }: ServedDatabase,
  options: UpstreamOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const address = parseEndpoint(spec.uri);
  invariant(address !== undefined, "the configuration's schema checks it");
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]);
  try {
    const endpoint = { ...address, ca_cert_pem: spec.tls.ca_cert_pem };
    (await openSecure({ endpoint }, options, deadline)).destroy();
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Refusal) return reportOf(error.reason).message;
    throw error;
  }
}
