import { createHash } from "node:crypto";
import { calculateJwkThumbprint, decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import {
  createProof,
  exportProofKey,
  generateProofKey,
  generateSealedProofKey,
  importProofKey,
} from "./proof.ts";

const request = { method: "POST", url: "https://postern.example.com/v1/login?x=1#y" };

describe("a proof", () => {
  test("is a JWT signed by the key that its header names, which holds nothing private", async () => {
    const key = await generateProofKey();
    const proof = await createProof(key, request);
    const header = decodeProtectedHeader(proof);
    expect(header).toMatchObject({ typ: "dpop+jwt", alg: "ES256", jwk: { kty: "EC", crv: "P-256" } });
    expect(header.jwk).not.toHaveProperty("d");
    const { payload } = await jwtVerify(proof, await importJWK(header.jwk ?? {}, "ES256"));
    expect(payload).toMatchObject({ htm: "POST", htu: "https://postern.example.com/v1/login" });
    expect(payload).not.toHaveProperty("ath");
  });

  test("names the access token by its hash, never by itself", async () => {
    const proof = await createProof(await generateProofKey(), { ...request, accessToken: "secret" });
    const claims = JSON.parse(Buffer.from(proof.split(".")[1] ?? "", "base64url").toString()) as object;
    expect(claims).toMatchObject({ ath: createHash("sha256").update("secret").digest("base64url") });
    expect(JSON.stringify(claims)).not.toContain("secret");
  });

  test("has an id of its own", async () => {
    const key = await generateProofKey();
    expect(await createProof(key, request)).not.toBe(await createProof(key, request));
  });
});

describe("a key", () => {
  test("comes back from its file as the same key", async () => {
    const key = await generateProofKey();
    const again = await importProofKey(await exportProofKey(key));
    expect(again.publicJwk).toEqual(key.publicJwk);
    expect(again.thumbprint).toBe(key.thumbprint);
    expect(await exportProofKey(again)).toEqual(await exportProofKey(key));
  });

  test("has the thumbprint of RFC 7638", async () => {
    const { publicJwk, thumbprint } = await generateProofKey();
    expect(thumbprint).toBe(await calculateJwkThumbprint(publicJwk, "sha256"));
  });

  test("that is sealed proves as any other, and is never given out", async () => {
    const key = await generateSealedProofKey();
    const proof = await createProof(key, request);
    await jwtVerify(proof, await importJWK(key.publicJwk, "ES256"));
    expect(Object.keys(key.publicJwk).toSorted()).toEqual(["crv", "kty", "x", "y"]);
    await expect(exportProofKey(key)).rejects.toBeInstanceOf(Error);
    await expect(crypto.subtle.exportKey("pkcs8", key.privateKey)).rejects.toThrow("not extractable");
  });

  test.each([
    ["a public key", { d: undefined }],
    ["another curve", { crv: "P-384" }],
    ["another kind of key", { kty: "OKP" }],
    ["a point that isn't on the curve", { x: Buffer.alloc(32, 1).toString("base64url") }],
  ])("is not %s", async (_, change) => {
    const jwk = await exportProofKey(await generateProofKey());
    await expect(importProofKey({ ...jwk, ...change } as typeof jwk)).rejects.toBeInstanceOf(Error);
  });
});
