import { generateKeyPairSync } from "node:crypto";
import { minute } from "@postern/core/time";
import { describe, expect, test } from "vitest";
import { spendProof, verifyProof } from "./dpop.ts";
import { thumbprintOf } from "./es256.ts";
import { createDeps, createProof, createSigner, origin, type ProofClaims } from "./test-support.ts";

const request = { method: "POST", path: "/v1/logout" };

test("a good proof gives its key's thumbprint", async () => {
  const deps = createDeps();
  const key = createSigner();
  const proof = await verifyProof(deps, await createProof(deps, key), request);
  expect(proof.thumbprint).toBe(await thumbprintOf(key.publicKeyObject));
});

test("an address is compared after normalisation, against every configured origin", async () => {
  const deps = createDeps();
  const key = createSigner();
  const both = { ...deps, config: { ...deps.config, origins: [origin, "http://localhost:3080"] as const } };
  for (const htu of ["HTTPS://Postern.Example.COM:443/v1/logout", "http://localhost:3080/v1/logout"]) {
    const proof = await createProof(deps, key, { claims: { htu } });
    await expect(verifyProof(both, proof, request)).resolves.toMatchObject({ jti: expect.any(String) });
  }
});

test.each([
  ["as it was sent", "/v1/resources/user/a%40example.com"],
  ["decoded, as API Gateway's HTTP APIs do", "/v1/resources/user/a@example.com"],
])("a path with an escape is the caller's, handed on %s", async (_, path) => {
  const deps = createDeps();
  const htu = `${origin}/v1/resources/user/a%40example.com`;
  const proof = await createProof(deps, createSigner(), { claims: { htu } });
  await expect(verifyProof(deps, proof, { method: "POST", path })).resolves.toBeDefined();
});

test.each([
  ["/v1/resources/user%2Fbob", "/v1/resources/user/bob"],
  ["/v1/resources/user/a%2540b", "/v1/resources/user/a@b"],
  ["/v1/logout%00", "/v1/logout"],
  ["/v1/logout%3Fx", "/v1/logout"],
  ["/v1/logout%23x", "/v1/logout#x/y"],
  ["/v1/logout/", "/v1/logout"],
  ["/V1/logout", "/v1/logout"],
])("a proof for %s is none for %s", async (signed, path) => {
  const deps = createDeps();
  const proof = await createProof(deps, createSigner(), { claims: { htu: origin + signed } });
  await expect(verifyProof(deps, proof, { method: "POST", path })).rejects.toMatchObject({
    code: "auth.invalid",
  });
});

describe("a proof is refused", () => {
  const wrongClaims: [string, Partial<ProofClaims>][] = [
    ["for another method", { htm: "GET" }],
    ["for another path", { htu: `${origin}/v1/login` }],
    ["for another origin", { htu: "https://evil.example/v1/logout" }],
    ["with a query in its address", { htu: `${origin}/v1/logout?` }],
    ["with a fragment in its address", { htu: `${origin}/v1/logout#x` }],
    ["with an address that is none", { htu: "logout" }],
    ["with a short identifier", { jti: "short" }],
    ["with a long identifier", { jti: "x".repeat(129) }],
    ["with an identifier that is no ASCII", { jti: "é".repeat(16) }],
    ["with a token's hash where there is no token", { ath: "x" }],
  ];
  test.each(wrongClaims)("%s", async (_, claims) => {
    const deps = createDeps();
    const proof = await createProof(deps, createSigner(), { claims });
    await expect(verifyProof(deps, proof, request)).rejects.toMatchObject({ code: "auth.invalid" });
  });

  test("from more than a minute ago, or ahead", async () => {
    const deps = createDeps();
    const now = Math.floor(deps.clock() / 1000);
    for (const iat of [now - 61, now + 61]) {
      const proof = await createProof(deps, createSigner(), { claims: { iat } });
      await expect(verifyProof(deps, proof, request)).rejects.toMatchObject({ code: "auth.invalid" });
    }
    for (const iat of [now - 60, now + 60]) {
      const proof = await createProof(deps, createSigner(), { claims: { iat } });
      await expect(verifyProof(deps, proof, request)).resolves.toBeDefined();
    }
  });

  test("with another type, another algorithm, a symmetric key or a private one", async () => {
    const deps = createDeps();
    const key = createSigner();
    const jwk = key.publicKeyObject.export({ format: "jwk" });
    const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ format: "jwk" });
    const headers = [
      { typ: "JWT" },
      { jwk: { ...jwk, d: key.privateKey.export({ format: "jwk" }).d } },
      { jwk: p384 },
      { jwk: { kty: "oct", k: "c2VjcmV0" } },
      { jwk: { ...jwk, x: jwk.y } },
      { crit: ["exp"] },
      { jku: "https://evil.example/keys" },
    ];
    for (const header of headers) {
      const proof = await createProof(deps, key, { header });
      await expect(verifyProof(deps, proof, request)).rejects.toMatchObject({ code: "auth.invalid" });
    }
  });

  test("signed by a key other than the one it shows, unsigned, or altered", async () => {
    const deps = createDeps();
    const [shown, other] = [createSigner(), createSigner()];
    const forged = await createProof(deps, other, {
      header: { jwk: shown.publicKeyObject.export({ format: "jwk" }) },
    });
    const good = await createProof(deps, shown);
    const [header, payload] = good.split(".");
    const none = Buffer.from(JSON.stringify({ typ: "dpop+jwt", alg: "none" })).toString("base64url");
    for (const proof of [forged, `${header}.${payload}.`, `${none}.${payload}.`, `${good}A`, "", "a.b.c"]) {
      await expect(verifyProof(deps, proof, request)).rejects.toMatchObject({ code: "auth.invalid" });
    }
  });

  test("when it doesn't name the access token that it came with", async () => {
    const deps = createDeps();
    const proof = await createProof(deps, createSigner());
    const withToken = { ...request, accessToken: "token" };
    await expect(verifyProof(deps, proof, withToken)).rejects.toMatchObject({ code: "auth.invalid" });
  });

  test("for a path that would name another host as a reference", async () => {
    const deps = createDeps();
    const proof = await createProof(deps, createSigner(), { claims: { htu: "https://evil.example/x" } });
    const attack = { method: "POST", path: "//evil.example/x" };
    await expect(verifyProof(deps, proof, attack)).rejects.toMatchObject({ code: "auth.invalid" });
  });
});

test("a proof is spent once, also by two at once", async () => {
  const deps = createDeps();
  const proof = await verifyProof(deps, await createProof(deps, createSigner()), request);
  const results = await Promise.allSettled([spendProof(deps, proof), spendProof(deps, proof)]);
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  await expect(spendProof(deps, proof)).rejects.toMatchObject({ code: "auth.replayed" });
});

test("a spent proof is remembered until nobody would take it any more", async () => {
  const deps = createDeps();
  const text = await createProof(deps, createSigner(), { claims: { iat: deps.clock() / 1000 + 60 } });
  const proof = await verifyProof(deps, text, request);
  await spendProof(deps, proof);
  deps.advance(2 * minute);
  await expect(verifyProof(deps, text, request)).resolves.toBeDefined();
  await expect(spendProof(deps, proof)).rejects.toMatchObject({ code: "auth.replayed" });
  deps.advance(1000);
  await expect(verifyProof(deps, text, request)).rejects.toMatchObject({ code: "auth.invalid" });
});
