/**
 * Makes certificates with keys that stay in KMS. `@peculiar/x509` signs through WebCrypto; what it is given here has
 * one operation, `sign`, and passes the bytes on to the Signer. Only `auth` and `join` import this file: the library
 * takes a tenth of a second to load, which no session's start should wait for.
 */
import type { KeyObject, webcrypto } from "node:crypto";
import type { RandomBytes } from "@postern/core/id";
import type { Signer } from "../ports.ts";
import { p1363FromDer } from "./es256.ts";
import { x509 } from "./x509-library.ts";

export interface CertificateFacts {
  readonly subject: x509.JsonName;
  readonly issuer: x509.JsonName;
  readonly publicKey: KeyObject;
  /** The key that signs, for the authority key identifier. */
  readonly issuerKey: KeyObject;
  /** Milliseconds since 1970; certificates count whole seconds, so both are rounded down. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly x509.Extension[];
}

/** A signed certificate in PEM, with a random serial number and both key identifiers (RFC 5280, 4.2.1.1-2). */
export async function signCertificate(
  signer: Signer,
  random: RandomBytes,
  facts: CertificateFacts,
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: createSerialNumber(random),
      subject: facts.subject,
      issuer: facts.issuer,
      notBefore: wholeSeconds(facts.notBefore),
      notAfter: wholeSeconds(facts.notAfter),
      publicKey: spkiOf(facts.publicKey),
      extensions: [
        ...facts.extensions,
        await x509.SubjectKeyIdentifierExtension.create(spkiOf(facts.publicKey)),
        await x509.AuthorityKeyIdentifierExtension.create(spkiOf(facts.issuerKey)),
      ],
      signingKey: externalKey,
    },
    webCryptoOf(signer),
  );
  return certificate.toString("pem");
}

/** 16 random bytes as a positive number of full length: RFC 5280, 4.1.2.2 allows 20 and forbids negative ones. */
function createSerialNumber(random: RandomBytes): string {
  const bytes = Buffer.from(random(16));
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString("hex");
}

function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}

function spkiOf(key: KeyObject): Uint8Array<ArrayBuffer> {
  return new Uint8Array(key.export({ type: "spki", format: "der" }));
}

/** Stands for a key that isn't here; the library reads its algorithm alone. */
const externalKey = {
  type: "private",
  extractable: false,
  algorithm: { name: "ECDSA", namedCurve: "P-256" },
  usages: ["sign"],
} as webcrypto.CryptoKey; // only a real key's brand is missing, and none is made without its private half

function webCryptoOf(signer: Signer): webcrypto.Crypto {
  const sign = async (
    _algorithm: unknown,
    _key: unknown,
    data: webcrypto.BufferSource,
  ): Promise<ArrayBuffer> => {
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    return Uint8Array.from(p1363FromDer(await signer.sign(bytes))).buffer;
  };
  return { subtle: { sign } } as unknown as webcrypto.Crypto; // `create` calls `subtle.sign` and nothing else of it
}
