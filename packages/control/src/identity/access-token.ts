/**
 * Access tokens of people: JSON Web Tokens (RFC 9068's `at+jwt`) that name user and login session and are bound to the
 * key of the proof that came with the login (`cnf.jkt`, RFC 9449, 6.1). They live as long as the login session, whose
 * record is read with every call, so that ending the session ends the token.
 */

import type { KeyObject } from "node:crypto";
import { Fault } from "@postern/core/fault";
import { decodeProtectedHeader } from "jose/decode/protected_header";
import { JWTExpired } from "jose/errors";
import { jwtVerify } from "jose/jwt/verify";
import { z } from "zod";
import type { Base, Signer } from "../ports.ts";
import { signCompact } from "./es256.ts";
import { trustedKey } from "./trust.ts";

const tokenType = "at+jwt";
const maxTokenLength = 4096;

export interface AccessTokenFacts {
  readonly user: string;
  readonly loginSession: string;
  /** Of the key that the caller must prove to hold. */
  readonly thumbprint: string;
}

const Header = z.object({ kid: z.string().max(64) });
const Claims = z.strictObject({
  iss: z.string(),
  aud: z.string(),
  sub: z.string(),
  iat: z.int(),
  exp: z.int(),
  login_session: z.string(),
  cnf: z.strictObject({ jkt: z.string() }),
});

/**
 * @param kid of the signer's entry, which `ensureAuthority` gives
 * @param expiresAt milliseconds since 1970: the login session's end
 */
export async function signAccessToken(
  { clock, config }: Base,
  accessTokens: Signer,
  { kid, facts, expiresAt }: { kid: string; facts: AccessTokenFacts; expiresAt: number },
): Promise<string> {
  const claims: z.infer<typeof Claims> = {
    iss: config.origins[0],
    aud: config.clusterName,
    sub: facts.user,
    iat: Math.floor(clock() / 1000),
    exp: Math.floor(expiresAt / 1000),
    login_session: facts.loginSession,
    cnf: { jkt: facts.thumbprint },
  };
  return await signCompact(accessTokens, { typ: tokenType, kid }, claims);
}

/**
 * What a token says that the access-token key signed for this cluster. Proves neither that the caller holds the
 * token's key nor that its login session lives: `authenticate` checks both.
 * @throws Fault `auth.expired`, or `auth.invalid` for anything else that is wrong.
 */
export async function verifyAccessToken(base: Base, token: string): Promise<AccessTokenFacts> {
  const kid = token.length <= maxTokenLength ? kidOf(token) : undefined;
  const key = kid === undefined ? undefined : await trustedKey(base, "access-token", kid);
  if (!key) throw invalidToken();
  const { sub, login_session, cnf } = await verifyClaims(base, token, key);
  return { user: sub, loginSession: login_session, thumbprint: cnf.jkt };
}

function kidOf(token: string): string | undefined {
  try {
    return Header.parse(decodeProtectedHeader(token)).kid;
  } catch {
    return undefined;
  }
}

async function verifyClaims(base: Base, token: string, key: KeyObject): Promise<z.infer<typeof Claims>> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ["ES256"],
      typ: tokenType,
      issuer: base.config.origins[0],
      audience: base.config.clusterName,
      currentDate: new Date(base.clock()),
    });
    return Claims.parse(payload);
  } catch (error) {
    throw error instanceof JWTExpired ? loginExpired() : invalidToken();
  }
}

export function invalidToken(): Fault {
  return new Fault("auth.invalid", "the access token is not accepted", {
    hint: "log in again: `postern login`",
  });
}

export function loginExpired(): Fault {
  return new Fault("auth.expired", "the login session is over", { hint: "log in again: `postern login`" });
}
