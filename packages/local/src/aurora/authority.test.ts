import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CertificateKind, certificateKinds, openAuthority } from "./authority.ts";

let folder: string;

beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "postern-authority-")), "aurora");
});

afterAll(async () => await rm(join(folder, ".."), { recursive: true }));

async function open(
  kind: CertificateKind,
): Promise<{ ca: X509Certificate; server: X509Certificate; key: string }> {
  const { caFile, keyPair } = await openAuthority(folder, kind);
  const { certificate, key } = keyPair;
  return { ca: new X509Certificate(readFileSync(caFile)), server: new X509Certificate(certificate), key };
}

describe("the stand-in for RDS's certificate authority", () => {
  test.each(certificateKinds)(
    "signs a certificate of the kind %s, with the key that goes with it",
    async (kind) => {
      const { ca, server, key } = await open(kind);
      expect([server.checkIssued(ca), server.verify(ca.publicKey), server.ca]).toEqual([true, true, false]);
      expect(server.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]); // serverAuth
      expect(() => createSecureContext({ cert: server.toString(), key })).not.toThrow();
    },
  );

  test("is an authority, and signs for itself", async () => {
    const { ca } = await open("good");
    expect([ca.ca, ca.checkIssued(ca), ca.verify(ca.publicKey)]).toEqual([true, true, true]);
  });

  test("gives a good certificate the names that people connect to", async () => {
    const { server } = await open("good");
    expect(server.checkHost("localhost", { subject: "never" })).toBe("localhost");
    expect(server.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(server.validToDate.getTime()).toBeGreaterThan(Date.now());
  });

  test("leaves out what each other kind lacks, and nothing else", async () => {
    const commonNameOnly = (await open("common-name-only")).server;
    expect([commonNameOnly.subjectAltName, commonNameOnly.subject]).toEqual([undefined, "CN=localhost"]);
    const expired = (await open("expired")).server;
    expect(expired.validToDate.getTime()).toBeLessThan(Date.now());
    expect(expired.checkHost("localhost")).toBe("localhost");
    expect((await open("other-name")).server.checkHost("localhost")).toBeUndefined();
  });

  test("is the same at the next start, and keeps its keys from others", async () => {
    const [first, second] = [await open("good"), await open("good")];
    expect(second.ca.fingerprint256).toBe(first.ca.fingerprint256);
    expect(second.server.fingerprint256).toBe(first.server.fingerprint256);
    expect(statSync(join(folder, "rds-ca.key")).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });
});
