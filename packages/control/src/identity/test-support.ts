/** What tests of the use cases stand on: a real store, real keys, and a clock that they move. */

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, randomUUID, sign } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuditEvent } from "@postern/core/audit/event";
import type { Role } from "@postern/core/resource/role";
import { minute } from "@postern/core/time";
import type { Item, Store } from "@postern/store/port";
import { openSqliteStore } from "@postern/store/sqlite/store";
import { onTestFinished } from "vitest";
import { auditShards, hourOf, parseHeader } from "../audit/header.ts";
import type { Call, CallerOf } from "../caller.ts";
import { auditPartition } from "../keys.ts";
import type { AuthDeps, JoinDeps, Signer } from "../ports.ts";
import { writeResource } from "../resource/write.ts";
import { acceptInvite } from "./accept-invite.ts";
import { type Presented } from "./authenticate.ts";
import { signCompact, thumbprintOf } from "./es256.ts";
import { inviteUser } from "./invite.ts";
import { login } from "./login.ts";

export const origin = "https://postern.example.com";
export const address = "192.0.2.7";
export const admin: Call<CallerOf<"admin">> = { caller: { type: "admin", name: "local-admin" }, address };
export const alicePassword = "correct horse battery staple";

export interface TestDeps extends AuthDeps, JoinDeps {
  readonly userCa: TestKey;
  readonly hostCa: TestKey;
  readonly accessTokens: TestKey;
  /** Moves the clock on. */
  readonly advance: (ms: number) => void;
}

/** Everything real: SQLite in a folder that goes with the test, P-256 keys in memory, the system's randomness. */
export function createDeps(): TestDeps {
  let now = Date.parse("2026-03-04T10:00:00.000Z");
  return {
    store: createTestStore(() => now),
    clock: () => now,
    random: (count) => randomBytes(count),
    config: { clusterName: "test", version: "1.2.3", origins: [origin] },
    userCa: createSigner(),
    hostCa: createSigner(),
    // Nobody joins by IAM, but where a test says who comes.
    principals: { verify: async () => ({ type: "refused", reason: "nobody" }) },
    accessTokens: createSigner(),
    advance: (ms) => {
      now += ms;
    },
  };
}

function createTestStore(now: () => number): Store {
  const folder = mkdtempSync(join(tmpdir(), "postern-control-"));
  const store = openSqliteStore({ path: join(folder, "store.db"), now });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return store;
}

export interface TestKey extends Signer {
  readonly publicKeyObject: KeyObject;
  readonly privateKey: KeyObject;
}

/** A Signer whose key is in memory. */
export function createSigner(): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    publicKeyObject: publicKey,
    privateKey,
    publicKey: async () => publicKey,
    sign: async (data) => sign("sha256", data, privateKey),
  };
}

export async function keyCall(key: TestKey): Promise<Call<CallerOf<"key">>> {
  const publicKey = key.publicKeyObject.export({ format: "jwk" });
  return { caller: { type: "key", thumbprint: await thumbprintOf(key.publicKeyObject), publicKey }, address };
}

/** The claims of a good proof; a test overrides what it wants wrong. */
export interface ProofClaims {
  htm: string;
  htu: string;
  jti: string;
  iat: number;
  ath?: string;
}

/** A proof by the key for one request, as a good client makes it but for the overrides. */
export async function createProof(
  deps: TestDeps,
  key: TestKey,
  { claims = {}, header = {} }: { claims?: Partial<ProofClaims>; header?: object } = {},
): Promise<string> {
  const { kty, crv, x, y } = key.publicKeyObject.export({ format: "jwk" });
  const good = {
    htm: "POST",
    htu: `${origin}/v1/logout`,
    jti: randomUUID(),
    iat: Math.floor(deps.clock() / 1000),
  };
  return await signCompact(
    key,
    { typ: "dpop+jwt", jwk: { kty, crv, x, y }, ...header },
    { ...good, ...claims },
  );
}

/** What a good client sends with an access token. */
export async function present(
  deps: TestDeps,
  key: TestKey,
  accessToken: string,
  claims: Partial<ProofClaims> = {},
): Promise<Presented> {
  const ath = createHash("sha256").update(accessToken).digest("base64url");
  const proof = await createProof(deps, key, { claims: { ath, ...claims } });
  return {
    authorization: `DPoP ${accessToken}`,
    proof,
    method: claims.htm ?? "POST",
    path: "/v1/logout",
    once: claims.htm !== "GET",
    address,
  };
}

export async function createRole(deps: TestDeps, name: string, spec: Role["spec"]): Promise<void> {
  await writeResource(deps, admin, {
    resource: { kind: "role", version: "v8", metadata: { name }, spec },
    replace: true,
  });
}

/** Invites the user and accepts the invite with `alicePassword`. */
export async function createUser(deps: TestDeps, name: string, roles: string[]): Promise<void> {
  const { invite_url } = await inviteUser(deps, admin, { name, roles, ttl: "1h" });
  await acceptInvite(deps, admin, { invite: secretOf(invite_url), password: alicePassword });
}

export function secretOf(inviteUrl: string): string {
  return new URL(inviteUrl).hash.slice(1);
}

export interface LoggedIn {
  readonly key: TestKey;
  readonly accessToken: string;
  readonly call: Call<CallerOf<"user">>;
}

/** Logs in a user made by `createUser`. */
export async function loginAs(deps: TestDeps, user: string): Promise<LoggedIn> {
  const key = createSigner();
  const as = await keyCall(key);
  const { access_token, login_session } = await login(deps, as, { user, password: alicePassword });
  const caller = {
    type: "user",
    user,
    loginSession: login_session,
    thumbprint: as.caller.thumbprint,
  } as const;
  return { key, accessToken: access_token, call: { caller, address } };
}

/** All events of the last hours, oldest first; those of one millisecond in no order. */
export async function allEvents(deps: TestDeps): Promise<AuditEvent[]> {
  const hours = [0, 60, 120].map((ago) => hourOf(new Date(deps.clock() - ago * minute).toISOString()));
  const partitions = hours.flatMap((hour) =>
    Array.from({ length: auditShards }, (_, shard) => auditPartition(hour, shard)),
  );
  const pages = await Promise.all(partitions.map(async (pk) => await deps.store.query({ pk, limit: 1000 })));
  return pages.flatMap(({ items }) => items.map(eventOf)).sort((a, b) => (a.time < b.time ? -1 : 1));
}

function eventOf(item: Item): AuditEvent {
  const header = parseHeader(item);
  if (header.type !== "event") throw new Error("the control plane writes events alone");
  return header.event;
}
