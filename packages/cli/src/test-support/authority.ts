/** Certificates for tests: as the control plane issues them, and as it never would. */
// oxlint-disable-next-line import/no-unassigned-import -- the library needs it loaded first
import "reflect-metadata";
import { KeyObject, webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

export interface Issued {
  /** In PEM, both. */
  readonly certificate: string;
  readonly privateKey: string;
}

export interface TestAuthority {
  readonly certificate: string;
  /** Without names there is no SAN, only a Common Name. */
  issue(usage: "clientAuth" | "serverAuth", names: readonly string[]): Promise<Issued>;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const hour = 3_600_000;

export async function createAuthority(name = "test authority"): Promise<TestAuthority> {
  const keys = await createKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  return {
    certificate: certificate.toString("pem"),
    async issue(usage, names) {
      const own = await createKeys();
      const san = new SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value })));
      const leaf = await X509CertificateGenerator.create({
        ...validity(),
        subject: "CN=localhost",
        issuer: certificate.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        extensions: [
          new ExtendedKeyUsageExtension([ExtendedKeyUsage[usage]]),
          ...(names.length === 0 ? [] : [san]),
        ],
      });
      return { certificate: leaf.toString("pem"), privateKey: toPem(own.privateKey) };
    },
  };
}

function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + hour) };
}

function toPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: "pkcs8", format: "pem" }).toString();
}
