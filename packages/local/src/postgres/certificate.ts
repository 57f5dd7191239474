/**
 * X.509 certificates for servers on this machine: PostgreSQL's own, and those of the stand-in Aurora and its CA. Import it
 * where one is made, not before: the library takes a while to load, and later starts find their certificates made.
 */
// oxlint-disable-next-line import/no-unassigned-import -- the library needs it loaded first
import "reflect-metadata";
import { createPrivateKey, KeyObject, randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** Certificate and PKCS#8 private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export interface Names {
  readonly dns: readonly string[];
  readonly ip: readonly string[];
}

export interface CertificateRequest {
  readonly commonName: string;
  /** Subject alternative names; a server certificate with none is what databases made before July 2020 have. */
  readonly names?: Names;
  readonly isAuthority?: boolean;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Who signs; without it the certificate signs itself. */
  readonly issuer?: KeyPair;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A new P-256 key and a certificate for it (RFC 5280). */
export async function issueCertificate(request: CertificateRequest): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const issuer = request.issuer === undefined ? null : await readIssuer(request.issuer);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `01${randomBytes(15).toString("hex")}`, // positive and of fixed length
    subject: nameOf(request.commonName),
    issuer: issuer?.subject ?? nameOf(request.commonName),
    notBefore: new Date(request.notBefore),
    notAfter: new Date(request.notAfter),
    publicKey: keys.publicKey,
    signingKey: issuer?.key ?? keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: await extensionsOf(request, keys.publicKey),
  });
  return { certificate: certificate.toString("pem"), key: exportKey(keys.privateKey) };
}

const nameOf = (commonName: string): x509.JsonName => [{ CN: [commonName] }];

async function extensionsOf(
  request: CertificateRequest,
  publicKey: webcrypto.CryptoKey,
): Promise<x509.Extension[]> {
  const subjectKey = await x509.SubjectKeyIdentifierExtension.create(publicKey);
  if (request.isAuthority === true) {
    return [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      subjectKey,
    ];
  }
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    subjectKey,
    ...(request.names === undefined
      ? []
      : [new x509.SubjectAlternativeNameExtension(generalNames(request.names))]),
  ];
}

function generalNames({ dns, ip }: Names): { type: "dns" | "ip"; value: string }[] {
  return [
    ...dns.map((value) => ({ type: "dns" as const, value })),
    ...ip.map((value) => ({ type: "ip" as const, value })),
  ];
}

async function readIssuer(issuer: KeyPair): Promise<{ subject: x509.JsonName; key: webcrypto.CryptoKey }> {
  const der = createPrivateKey(issuer.key).export({ type: "pkcs8", format: "der" });
  return {
    subject: new x509.X509Certificate(issuer.certificate).subjectName.toJSON(),
    key: await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]),
  };
}

function exportKey(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: "pkcs8", format: "pem" }).toString();
}
