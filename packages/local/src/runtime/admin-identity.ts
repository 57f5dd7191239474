/**
 * `local-admin`: the identity of whoever can read the data folder. It holds every right, and its verifier exists in
 * this package alone, so that no deployment in AWS has this door.
 */
import { createHash, generateKeyPairSync, type JsonWebKey, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { LocalVerifier } from "@postern/control/identity/authenticate";
import { calculateJwkThumbprint } from "jose";
import { z } from "zod";
import { writePrivateFile } from "../private-file.ts";

const AdminIdentity = z.strictObject({
  /** Where the server answers; written anew at each start. */
  url: z.string(),
  access_token: z.string(),
  key: z.looseObject({ kty: z.literal("EC") }),
});
export type AdminIdentity = z.infer<typeof AdminIdentity>;

/** Keeps the key and the token over restarts; the file is 0600. */
export function keepAdminIdentity(file: string, url: string): AdminIdentity {
  const kept = existsSync(file) ? AdminIdentity.parse(JSON.parse(readFileSync(file, "utf8"))) : undefined;
  const identity = kept === undefined ? newIdentity(url) : { ...kept, url };
  writePrivateFile(file, JSON.stringify(identity, null, 2));
  return identity;
}

function newIdentity(url: string): AdminIdentity {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk: JsonWebKey = privateKey.export({ format: "jwk" });
  return { url, access_token: randomBytes(32).toString("base64url"), key: { ...jwk, kty: "EC" } };
}

/** Accepts the identity's token from whoever proves its key; everything else is for the other verifiers. */
export async function createAdminVerifier(identity: AdminIdentity): Promise<LocalVerifier> {
  const thumbprint = await calculateJwkThumbprint(identity.key, "sha256");
  const token = digest(identity.access_token);
  return (presented, proven) =>
    proven === thumbprint && timingSafeEqual(digest(presented), token)
      ? { type: "admin", name: "local-admin" }
      : undefined;
}

/** Of equal length, whatever was presented. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
