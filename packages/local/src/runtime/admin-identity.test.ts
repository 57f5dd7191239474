import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { calculateJwkThumbprint } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AdminIdentity, createAdminVerifier, keepAdminIdentity } from "./admin-identity.ts";

let folder: string;
let file: string;
let identity: AdminIdentity;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-admin-"));
  file = join(folder, "admin.json");
  identity = keepAdminIdentity(file, "http://localhost:3080");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("it is its owner's alone, and kept over restarts, wherever the server is then", () => {
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(keepAdminIdentity(file, "http://localhost:1")).toEqual({ ...identity, url: "http://localhost:1" });
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ url: "http://localhost:1" });
});

test("its token is taken from whoever proves its key, and nothing else is", async () => {
  const verify = await createAdminVerifier(identity);
  const thumbprint = await calculateJwkThumbprint(identity.key);
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const other = await calculateJwkThumbprint(publicKey.export({ format: "jwk" }));
  const token = identity.access_token;
  expect(await verify(token, thumbprint)).toEqual({ type: "admin", name: "local-admin" });
  for (const [presented, proven] of [
    [token, other],
    [`${token}A`, thumbprint],
    [token.slice(0, -1), thumbprint],
    ["", thumbprint],
    [token, ""],
  ] as const)
    expect(await verify(presented, proven)).toBeUndefined();
});

test("each data folder's is its own", () => {
  const { access_token, key } = keepAdminIdentity(join(folder, "other.json"), identity.url);
  expect(access_token).not.toBe(identity.access_token);
  expect(key).not.toEqual(identity.key);
});
