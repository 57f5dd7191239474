import { createHash, X509Certificate } from "node:crypto";
import { hour, minute } from "@postern/core/time";
import { decodeJwt } from "jose/jwt/decode";
import { expect, test } from "vitest";
import { joinHost } from "../host/join.ts";
import { hostKey } from "../keys.ts";
import { deleteResource } from "../resource/delete.ts";
import { createToken } from "../resource/token.ts";
import { authenticate } from "./authenticate.ts";
import { issueHostCertificate } from "./certificate.ts";
import { signCompact, thumbprintOf } from "./es256.ts";
import {
  address,
  admin,
  allEvents,
  createDeps,
  createProof,
  createRole,
  createSigner,
  createUser,
  keyCall,
  loginAs,
  origin,
  present,
  type TestDeps,
} from "./test-support.ts";
import { loadAuthority } from "./trust.ts";

const request = { method: "POST", path: "/v1/logout", once: true, address };

async function aliceIn(deps: TestDeps) {
  await createRole(deps, "dev", {});
  await createUser(deps, "alice", ["dev"]);
  return await loginAs(deps, "alice");
}

async function hostIn(deps: TestDeps) {
  const { token } = await createToken(deps, admin, { type: "db", ttl: "30m", uses: 1, names: ["localhost"] });
  const key = createSigner();
  const identity = await joinHost(deps, await keyCall(key), { token, version: "1" });
  return { key, identity };
}

test("who shows nothing is anyone, who shows a proof is its key", async () => {
  const deps = createDeps();
  const key = createSigner();
  expect(await authenticate(deps, request)).toEqual({ type: "anyone" });
  expect(await authenticate(deps, { ...request, proof: await createProof(deps, key) })).toMatchObject({
    type: "key",
    thumbprint: await thumbprintOf(key.publicKeyObject),
  });
});

test("a token without a proof is refused", async () => {
  const deps = createDeps();
  const { accessToken } = await aliceIn(deps);
  const bare = authenticate(deps, { ...request, authorization: `DPoP ${accessToken}` });
  await expect(bare).rejects.toMatchObject({ code: "auth.missing" });
});

test("another scheme, two tokens or an empty one are refused", async () => {
  const deps = createDeps();
  const { key, accessToken } = await aliceIn(deps);
  const presented = await present(deps, key, accessToken);
  for (const authorization of [`Bearer ${accessToken}`, `DPoP ${accessToken}, DPoP x`, "DPoP ", "DPoP", ""]) {
    const refused = authenticate(deps, { ...presented, authorization });
    await expect(refused).rejects.toMatchObject({ code: "auth.invalid" });
  }
});

test("a stolen access token is worth nothing with another key", async () => {
  const deps = createDeps();
  const { accessToken } = await aliceIn(deps);
  const stolen = authenticate(deps, await present(deps, createSigner(), accessToken));
  await expect(stolen).rejects.toMatchObject({ code: "auth.invalid" });
  const events = (await allEvents(deps)).filter(({ event }) => event === "auth");
  expect(events).toMatchObject([{ code: "T3007W", user: "alice", "addr.remote": address, success: false }]);
  expect(JSON.stringify(events)).not.toContain(accessToken);
});

test("token, login session and proof must name one key: none of the three may differ", async () => {
  const deps = createDeps();
  const { key, accessToken } = await aliceIn(deps);
  const other = createSigner();
  const kid = (await loadAuthority(deps, "access-token"))[0]?.kid;
  const claims = { ...decodeJwt(accessToken), cnf: { jkt: await thumbprintOf(other.publicKeyObject) } };
  const rebound = await signCompact(deps.accessTokens, { typ: "at+jwt", kid }, claims);
  for (const prover of [key, other]) {
    const refused = authenticate(deps, await present(deps, prover, rebound));
    await expect(refused).rejects.toMatchObject({ code: "auth.invalid" });
  }
});

test("a request that is sent again is refused, unless it only reads", async () => {
  const deps = createDeps();
  const { key, accessToken } = await aliceIn(deps);
  const post = await present(deps, key, accessToken);
  await authenticate(deps, post);
  await expect(authenticate(deps, post)).rejects.toMatchObject({ code: "auth.replayed" });
  const get = await present(deps, key, accessToken, { htm: "GET" });
  await authenticate(deps, get);
  await expect(authenticate(deps, get)).resolves.toMatchObject({ type: "user" });
  const bare = { ...request, proof: await createProof(deps, key) };
  await authenticate(deps, bare);
  await expect(authenticate(deps, bare)).rejects.toMatchObject({ code: "auth.replayed" });
});

test("a token ends with its login session", async () => {
  const deps = createDeps();
  const { key, accessToken } = await aliceIn(deps);
  deps.advance(12 * hour - 1000);
  await expect(authenticate(deps, await present(deps, key, accessToken))).resolves.toMatchObject({
    type: "user",
  });
  deps.advance(1000);
  await expect(authenticate(deps, await present(deps, key, accessToken))).rejects.toMatchObject({
    code: "auth.expired",
  });
});

test("a removed user's token is over at once", async () => {
  const deps = createDeps();
  const { key, accessToken } = await aliceIn(deps);
  await deleteResource(deps, admin, { kind: "user", name: "alice" });
  await expect(authenticate(deps, await present(deps, key, accessToken))).rejects.toMatchObject({
    code: "auth.expired",
  });
});

test("a token of another cluster, issuer, type, key or form is refused", async () => {
  const deps = createDeps();
  const { key, accessToken } = await aliceIn(deps);
  const claims = decodeJwt(accessToken);
  const kid = (await loadAuthority(deps, "access-token"))[0]?.kid;
  const forged = [
    await signCompact(deps.accessTokens, { typ: "at+jwt", kid }, { ...claims, aud: "other" }),
    await signCompact(deps.accessTokens, { typ: "at+jwt", kid }, { ...claims, iss: "https://evil.example" }),
    await signCompact(deps.accessTokens, { typ: "JWT", kid }, claims),
    await signCompact(deps.accessTokens, { typ: "at+jwt", kid: "other" }, claims),
    await signCompact(deps.accessTokens, { typ: "at+jwt", kid }, { ...claims, admin: true }),
    await signCompact(deps.userCa, { typ: "at+jwt", kid }, claims),
    `${accessToken.slice(0, -2)}AA`,
    accessToken.split(".").slice(0, 2).join("."),
    `${"A".repeat(5000)}.A.A`,
  ];
  for (const token of forged) {
    const refused = authenticate(deps, await present(deps, key, token));
    await expect(refused).rejects.toMatchObject({ code: "auth.invalid" });
  }
});

test("a host is known by its certificate and a proof of its key", async () => {
  const deps = createDeps();
  const { key, identity } = await hostIn(deps);
  const presented = await present(deps, key, identity.access_token);
  expect(await authenticate(deps, presented)).toMatchObject({ type: "host", hostId: identity.host_id });
  await expect(authenticate(deps, presented)).rejects.toMatchObject({ code: "auth.replayed" });
});

test("a host's certificate is worth nothing with another key, out of date, or without the host's record", async () => {
  const deps = createDeps();
  const { key, identity } = await hostIn(deps);
  const stolen = authenticate(deps, await present(deps, createSigner(), identity.access_token));
  await expect(stolen).rejects.toMatchObject({ code: "auth.invalid" });
  deps.advance(24 * hour);
  const late = authenticate(deps, await present(deps, key, identity.access_token));
  await expect(late).rejects.toMatchObject({ code: "auth.expired" });
  deps.advance(-24 * hour - 2 * minute);
  const early = authenticate(deps, await present(deps, key, identity.access_token));
  await expect(early).rejects.toMatchObject({ code: "auth.expired" });
  deps.advance(2 * minute);
  await deps.store.commit([
    { type: "delete", key: hostKey(identity.host_id), condition: { type: "present" } },
  ]);
  const removed = authenticate(deps, await present(deps, key, identity.access_token));
  await expect(removed).rejects.toMatchObject({ code: "auth.invalid" });
});

test("a host's certificate must be the host CA's and for the proven key, even with the host's own name", async () => {
  const deps = createDeps();
  const { key, identity } = await hostIn(deps);
  const named = { hostId: identity.host_id, names: ["localhost"] };
  const tokenOf = (pem: string) => new X509Certificate(pem).raw.toString("base64url");
  const forKey = { ...named, publicKey: key.publicKeyObject };
  const stranger = createDeps();
  const foreign = await issueHostCertificate(stranger, stranger.hostCa, forKey);
  const otherKey = await issueHostCertificate(deps, deps.hostCa, {
    ...named,
    publicKey: createSigner().publicKeyObject,
  });
  for (const { certificate } of [foreign, otherKey]) {
    const refused = authenticate(deps, await present(deps, key, tokenOf(certificate)));
    await expect(refused).rejects.toMatchObject({ code: "auth.invalid" });
  }
  const { certificate } = await issueHostCertificate(deps, deps.hostCa, forKey);
  const good = authenticate(deps, await present(deps, key, tokenOf(certificate)));
  await expect(good).resolves.toMatchObject({ type: "host", hostId: identity.host_id });
});

test("a certificate of another cluster's host CA is refused", async () => {
  const [deps, other] = [createDeps(), createDeps()];
  await hostIn(deps);
  const { key, identity } = await hostIn(other);
  for (const token of [identity.access_token, "AAAA", Buffer.from("no certificate").toString("base64url")]) {
    const refused = authenticate(deps, await present(deps, key, token));
    await expect(refused).rejects.toMatchObject({ code: "auth.invalid" });
  }
});

test("the local admin is recognised by his token and key, and nobody else is", async () => {
  const deps = createDeps();
  const key = createSigner();
  const thumbprint = await thumbprintOf(key.publicKeyObject);
  const verifyLocal = (token: string, jkt: string) =>
    token === "local-token" && jkt === thumbprint
      ? ({ type: "admin", name: "local-admin" } as const)
      : undefined;
  const presented = await present(deps, key, "local-token");
  expect(await authenticate(deps, { ...presented, verifyLocal })).toEqual({
    type: "admin",
    name: "local-admin",
  });
  const other = await present(deps, createSigner(), "local-token");
  await expect(authenticate(deps, { ...other, verifyLocal })).rejects.toMatchObject({ code: "auth.invalid" });
  const unverified = await present(deps, key, "local-token");
  await expect(authenticate(deps, unverified)).rejects.toMatchObject({ code: "auth.invalid" });
});

test("no refusal says what was presented", async () => {
  const deps = createDeps();
  const { accessToken } = await aliceIn(deps);
  const presented = await present(deps, createSigner(), accessToken);
  const error: unknown = await authenticate(deps, presented).catch((reason: unknown) => reason);
  const ath = createHash("sha256").update(accessToken).digest("base64url");
  const text = `${JSON.stringify(error)} ${error instanceof Error ? `${error.message} ${error.stack}` : ""}`;
  for (const secret of [accessToken, presented.proof ?? "", ath]) expect(text).not.toContain(secret);
  expect(text).not.toContain(origin);
});
