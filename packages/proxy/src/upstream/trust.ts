/** Whom the proxy believes to be a database. */
import { readFileSync } from "node:fs";
import {
  type ConnectionOptions,
  checkServerIdentity,
  type PeerCertificate,
  rootCertificates,
} from "node:tls";

/** Thrown for a certificate that names its server by Common Name alone, which Node would accept. */
export class CommonNameOnly extends Error {
  override readonly name = "CommonNameOnly";
}

/**
 * The authorities for databases that bring none: Amazon's, from the file that the proxy's image carries
 * (https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem), and Node's own list where there is no such file.
 */
export function loadDefaultAuthorities(path: string | undefined): readonly string[] {
  return path === undefined ? rootCertificates : [readFileSync(path, "utf8")];
}

/** verify-full: a trusted authority, the very name, and never by Common Name. */
export function verifyFull(host: string, authorities: readonly string[]): ConnectionOptions {
  return {
    ca: [...authorities],
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    checkServerIdentity: (_, certificate) => checkName(host, certificate),
  };
}

function checkName(host: string, certificate: PeerCertificate): Error | undefined {
  if (!certificate.subjectaltname) return new CommonNameOnly("no subject alternative name");
  return checkServerIdentity(host, certificate);
}
