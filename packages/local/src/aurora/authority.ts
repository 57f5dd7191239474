/** The stand-in for the RDS certificate authority, and the server certificate that it gives the stand-in Aurora. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { day } from "@postern/core/time";
import type { CertificateRequest, KeyPair } from "../postgres/certificate.ts";
import { writePrivateFile } from "../private-file.ts";

/** What may be wrong with a database's certificate; for tests of those who connect to it. */
export const certificateKinds = ["good", "common-name-only", "expired", "other-name"] as const;
export type CertificateKind = (typeof certificateKinds)[number];

export interface Authority {
  /** Path of the PEM file with which clients check the database, as they do with RDS's bundle. */
  readonly caFile: string;
  /** What the database shows. */
  readonly keyPair: KeyPair;
}

const lifetime = 3650 * day;

/** The CA and a server certificate of that kind, made in `folder` at the first start. */
export async function openAuthority(folder: string, kind: CertificateKind): Promise<Authority> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const now = Date.now();
  const ca = await keep(folder, "rds-ca", () => ({
    commonName: "Postern stand-in for the RDS root CA",
    isAuthority: true,
    notBefore: now - day,
    notAfter: now + lifetime,
  }));
  const keyPair = await keep(folder, `server-${kind}`, () => ({ ...serverRequest(kind, now), issuer: ca }));
  return { caFile: join(folder, "rds-ca.crt"), keyPair };
}

function serverRequest(kind: CertificateKind, now: number): CertificateRequest {
  const name = kind === "other-name" ? "elsewhere.example.com" : "localhost";
  const names = { dns: [name], ip: kind === "other-name" ? [] : ["127.0.0.1"] };
  const notAfter = kind === "expired" ? now - day : now + lifetime;
  const request = { commonName: name, notBefore: now - 2 * day, notAfter };
  return kind === "common-name-only" ? request : { ...request, names };
}

/** The key is written first: a certificate is only there when its key is. */
async function keep(folder: string, name: string, request: () => CertificateRequest): Promise<KeyPair> {
  const files = { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  if (!existsSync(files.certificate)) {
    const { issueCertificate } = await import("../postgres/certificate.ts"); // slow to load, and later starts do without
    const made = await issueCertificate(request());
    writePrivateFile(files.key, made.key);
    writePrivateFile(files.certificate, made.certificate);
  }
  return { certificate: readFileSync(files.certificate, "utf8"), key: readFileSync(files.key, "utf8") };
}
