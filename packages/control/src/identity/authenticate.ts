/**
 * Who calls. Every identity is bound to a key, and every call carries a proof of it for its own method and address
 * (`dpop.ts`). What comes with the proof says who it is:
 *
 * - nothing: `key`, somebody who is about to log in or to join;
 * - `Authorization: DPoP <JWT>`: a person; the access token that his login gave him;
 * - `Authorization: DPoP <base64url of a certificate in DER>`: a host; its own server certificate. The host CA's
 *   signature says what an access token's would, for the same key and until the same time, so hosts need no second
 *   token and `join` no second key. A certificate is no secret and needs none: the proof is what counts.
 *
 * What an identity may do is decided elsewhere. Here its session, user or host record is read as it is now, so that
 * ending one works at once.
 */

import { X509Certificate } from "node:crypto";
import { hostIdOf } from "@postern/core/credential/host-uri";
import { Fault } from "@postern/core/fault";
import { requireUnlocked } from "../access/locks.ts";
import { recordEvent } from "../audit/append.ts";
import type { Caller, CallerOf } from "../caller.ts";
import { loadHost } from "../host/record.ts";
import type { Base } from "../ports.ts";
import { type AccessTokenFacts, invalidToken, loginExpired, verifyAccessToken } from "./access-token.ts";
import { type Proof, spendProof, verifyProof } from "./dpop.ts";
import { thumbprintOf } from "./es256.ts";
import { loadLoginSession } from "./login-session.ts";
import { isSignedBy } from "./trust.ts";

/** What a request shows of its caller. */
export interface Presented {
  /** The `Authorization` header. */
  readonly authorization?: string | undefined;
  /** The `DPoP` header. */
  readonly proof?: string | undefined;
  readonly method: string;
  /** Without query. */
  readonly path: string;
  /** Whether its proof is good for this call alone. One for reading gives nobody what its sender hasn't. */
  readonly once: boolean;
  /** Of the caller, for the audit log. */
  readonly address: string;
  /** On one machine: recognises the local admin's access token, for a key that is proven already. */
  readonly verifyLocal?: LocalVerifier | undefined;
}

export type LocalVerifier = (
  accessToken: string,
  thumbprint: string,
) => Promise<CallerOf<"admin"> | undefined> | CallerOf<"admin"> | undefined;

/**
 * @throws Fault `auth.missing` for a token without a proof, `auth.expired` once the login session or certificate is
 * over, `auth.replayed` for a proof that was used before, `access.denied` for a user who is locked,
 * `auth.invalid` for everything else that is not accepted.
 */
export async function authenticate(base: Base, presented: Presented): Promise<Caller> {
  const { authorization, proof: proofHeader, method, path } = presented;
  if (proofHeader === undefined) {
    if (authorization === undefined) return { type: "anyone" };
    throw new Fault("auth.missing", "an access token comes with a proof of its key in the `DPoP` header");
  }
  const accessToken = authorization === undefined ? undefined : parseAuthorization(authorization);
  const proof = await verifyProof(base, proofHeader, { method, path, accessToken });
  const caller = await identify(base, proof, accessToken, presented);
  if (presented.once) await spendProof(base, proof);
  return caller;
}

/** RFC 9449, 7.1; the scheme is compared without case (RFC 9110, 11.1). */
function parseAuthorization(authorization: string): string {
  const [, token] = /^DPoP ([\w.+/=~-]+)$/i.exec(authorization) ?? [];
  if (token === undefined) throw invalidToken();
  return token;
}

async function identify(
  base: Base,
  proof: Proof,
  accessToken: string | undefined,
  { address, verifyLocal }: Presented,
): Promise<Caller> {
  if (accessToken === undefined) {
    return { type: "key", thumbprint: proof.thumbprint, publicKey: proof.publicKey };
  }
  const local = await verifyLocal?.(accessToken, proof.thumbprint);
  if (local) return local;
  // A JWT in compact serialization has two dots, base64url has none.
  return accessToken.includes(".")
    ? await identifyUser(base, proof, await verifyAccessToken(base, accessToken), address)
    : await identifyHost(base, proof, accessToken);
}

async function identifyUser(
  base: Base,
  proof: Proof,
  token: AccessTokenFacts,
  address: string,
): Promise<CallerOf<"user">> {
  if (token.thumbprint !== proof.thumbprint) {
    await recordStolenToken(base, token, address);
    throw invalidToken();
  }
  const session = await loadLoginSession(base, token.user, token.loginSession);
  if (!session) throw loginExpired();
  if (session.thumbprint !== proof.thumbprint) throw invalidToken();
  await requireUnlocked(base, session.user);
  return { type: "user", user: session.user, loginSession: session.id, thumbprint: proof.thumbprint };
}

/** Whoever shows it must have got hold of a real token: strangers can't fill the log with these. */
async function recordStolenToken(base: Base, token: AccessTokenFacts, address: string): Promise<void> {
  await recordEvent(base, {
    event: "auth",
    code: "T3007W",
    user: token.user,
    login_session: token.loginSession,
    "addr.remote": address,
    success: false,
    error: "the access token is bound to another key than the one proven",
  });
}

async function identifyHost(base: Base, proof: Proof, token: string): Promise<CallerOf<"host">> {
  const certificate = parseCertificate(token);
  const hostId = hostIdOf(base.config.clusterName, certificate);
  if (hostId === undefined || !(await isSignedBy(base, "host-ca", certificate))) throw invalidHost();
  if ((await thumbprintOf(certificate.publicKey)) !== proof.thumbprint) throw invalidHost();
  if (!isCurrent(certificate, base.clock())) {
    throw new Fault("auth.expired", "the host's certificate is out of date", { hint: "the host renews it" });
  }
  const host = await loadHost(base, hostId);
  if (host?.thumbprint !== proof.thumbprint) throw invalidHost();
  return { type: "host", hostId, thumbprint: proof.thumbprint };
}

function parseCertificate(token: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(token, "base64url"));
  } catch {
    throw invalidHost();
  }
}

function isCurrent(certificate: X509Certificate, now: number): boolean {
  return certificate.validFromDate.getTime() <= now && now < certificate.validToDate.getTime();
}

export function invalidHost(): Fault {
  return new Fault("auth.invalid", "the host's identity is not accepted", {
    hint: "let the host join again with a new token: `postern tokens add --type=db`",
  });
}
