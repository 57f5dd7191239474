import type { TLSSocket } from "node:tls";
import type { RefusalCause } from "../refusal/refusal.ts";

/** What TLS made of the client. `problem` is set where the certificate is one that opens nothing. */
export type CertificateVerdict =
  | { readonly type: "none" }
  /** Nobody we know: there is no identity to speak of. */
  | { readonly type: "untrusted"; readonly problem: RefusalCause }
  /** Ours: the identity is known. */
  | { readonly type: "issued"; readonly pem: string; readonly problem: RefusalCause | undefined };

/** @param now milliseconds since 1970 */
export function judgeCertificate(socket: TLSSocket, now: number): CertificateVerdict {
  if (socket.isSessionReused()) return { type: "untrusted", problem: { type: "tls_session_resumed" } };
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return { type: "none" };
  const problem = validityProblem(certificate.validFromDate, certificate.validToDate, now);
  const isIssued = socket.authorized || (problem !== undefined && isMatterOfTime(socket));
  if (!isIssued) return { type: "untrusted", problem: { type: "certificate_untrusted" } };
  return { type: "issued", pem: certificate.toString(), problem };
}

/** Asked of our own clock as well: TLS checks at the handshake, and only if it is a full one. */
function validityProblem(from: Date, to: Date, now: number): RefusalCause | undefined {
  if (to.getTime() <= now) return { type: "certificate_expired" };
  if (from.getTime() > now) return { type: "certificate_not_yet_valid" };
  return undefined;
}

/** OpenSSL looks at times last, so signature, issuer and purpose were right. */
function isMatterOfTime(socket: TLSSocket): boolean {
  const error: unknown = socket.authorizationError;
  return error === "CERT_HAS_EXPIRED" || error === "CERT_NOT_YET_VALID";
}
