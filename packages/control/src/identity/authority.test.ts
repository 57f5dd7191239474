import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { authorityKey } from "../keys.ts";
import { ensureAuthority } from "./authority.ts";
import { createDeps, createSigner } from "./test-support.ts";
import { loadAuthority, trustedCertificates, trustedKey } from "./trust.ts";

test("a certificate authority is self-signed, for one purpose, and signs no further authority", async () => {
  const deps = createDeps();
  const entry = await ensureAuthority(deps, "user-ca", deps.userCa);
  const certificate = new X509Certificate(entry.certificate ?? "");
  expect(certificate.subject).toBe("O=Postern\nCN=test user CA");
  expect(certificate.issuer).toBe(certificate.subject);
  expect(certificate.verify(deps.userCa.publicKeyObject)).toBe(true);
  expect(certificate.ca).toBe(true);
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
  const years = (certificate.validToDate.getTime() - deps.clock()) / (365 * 86_400_000);
  expect(years).toBe(10);
});

test("two cold starts make one authority", async () => {
  const deps = createDeps();
  const both = await Promise.all([
    ensureAuthority(deps, "host-ca", deps.hostCa),
    ensureAuthority(deps, "host-ca", deps.hostCa),
  ]);
  expect(both[0]).toEqual(both[1]);
  expect(await trustedCertificates(deps, "host-ca")).toEqual([both[0].certificate]);
});

test("the key of access tokens is no certificate authority", async () => {
  const deps = createDeps();
  const { kid, certificate } = await ensureAuthority(deps, "access-token", deps.accessTokens);
  expect(certificate).toBeNull();
  expect((await trustedKey(deps, "access-token", kid))?.equals(deps.accessTokens.publicKeyObject)).toBe(true);
  expect(await trustedKey(deps, "access-token", "other")).toBeUndefined();
});

test("a signer that is not among the trusted keys signs nothing", async () => {
  const deps = createDeps();
  await ensureAuthority(deps, "user-ca", deps.userCa);
  const refused = ensureAuthority(deps, "user-ca", createSigner());
  await expect(refused).rejects.toMatchObject({ code: "service.unavailable" });
});

test("of several trusted keys the signer's own is used, wherever it stands", async () => {
  const deps = createDeps();
  const next = createSigner();
  const old = await ensureAuthority(deps, "user-ca", deps.userCa);
  const other = createDeps();
  const added = await ensureAuthority(other, "user-ca", next);
  await deps.store.commit([
    {
      type: "put",
      key: authorityKey("user-ca"),
      value: { entries: [added, old] },
      condition: { type: "present" },
    },
  ]);
  expect((await ensureAuthority(deps, "user-ca", deps.userCa)).kid).toBe(old.kid);
  expect((await ensureAuthority(deps, "user-ca", next)).kid).toBe(added.kid);
  expect(await loadAuthority(deps, "user-ca")).toHaveLength(2);
});
