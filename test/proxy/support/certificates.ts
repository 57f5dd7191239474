/** Certificates as the control plane issues them, and as it never would. */
// oxlint-disable-next-line import/no-unassigned-import -- the library needs it loaded first
import "reflect-metadata";
import { KeyObject, randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority extends Certificate {
  readonly keys: webcrypto.CryptoKeyPair;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
export const hour = 3_600_000;

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

function pem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: "pkcs8", format: "pem" }).toString();
}

function serial(): string {
  return `01${randomBytes(15).toString("hex")}`;
}

export async function makeAuthority(name: string): Promise<Authority> {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - hour),
    notAfter: new Date(Date.now() + hour),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), key: pem(keys.privateKey), keys };
}

export interface LeafRequest {
  readonly name: string;
  readonly usage: "clientAuth" | "serverAuth";
  /** Of a key that somebody else holds; else one is made. */
  readonly publicJwk?: webcrypto.JsonWebKey;
  readonly names?: readonly { readonly type: "dns" | "ip" | "url"; readonly value: string }[];
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** Signed by its own key, under the issuer's name. */
  readonly isSelfSigned?: boolean;
}

export async function issue(authority: Authority, request: LeafRequest): Promise<Certificate> {
  const own = await makeKeys();
  const publicKey = request.publicJwk
    ? await webcrypto.subtle.importKey("jwk", request.publicJwk, algorithm, true, ["verify"])
    : own.publicKey;
  const issuer = new x509.X509Certificate(authority.certificate).subject;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${request.name}`,
    issuer: request.isSelfSigned ? `CN=${request.name}` : issuer,
    notBefore: new Date(request.notBefore ?? Date.now() - hour),
    notAfter: new Date(request.notAfter ?? Date.now() + hour),
    publicKey,
    signingKey: request.isSelfSigned ? own.privateKey : authority.keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[request.usage]]),
      new x509.SubjectAlternativeNameExtension([
        ...(request.names ?? [{ type: "url", value: "postern://test/gr" }]),
      ]),
    ],
  });
  return { certificate: certificate.toString("pem"), key: pem(own.privateKey) };
}
