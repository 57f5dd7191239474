/**
 * Time-based one-time passwords (RFC 6238) as every authenticator app makes them: HMAC-SHA-1, six digits, a new one
 * every 30 seconds.
 */
import { Secret, TOTP } from "otpauth";
import { z } from "zod";
import type { RandomBytes } from "../id.ts";

/** As RFC 4226, section 4, recommends: 160 bits. */
const secretBytes = 20;
const parameters = { algorithm: "SHA1", digits: 6, period: 30 } as const;
/** Of codes before and after the one of now: clocks differ, and people type slowly (RFC 6238, section 5.2). */
const window = 1;

/** In base 32 (RFC 4648), without padding: at least 160 bits. */
export const TotpSecret = z
  .string()
  .regex(/^[A-Z2-7]{32,128}$/, "expected 32 characters or more, of A to Z and 2 to 7");
export const TotpCode = z.string().regex(/^\d{6}$/, "expected the six digits of a code");

export function createTotpSecret(random: RandomBytes): string {
  return new Secret({ buffer: random(secretBytes).slice().buffer }).base32;
}

/** What authenticator apps read off a QR code (Google Authenticator's "Key Uri Format"). */
export function totpUri(secret: string, { user, cluster }: { user: string; cluster: string }): string {
  return new TOTP({ ...parameters, secret, issuer: `Postern ${cluster}`, label: user }).toString();
}

/**
 * The number of the period that the code belongs to, for the caller to take each once; undefined for a wrong code.
 * @param now milliseconds since 1970
 */
export function totpPeriodOf(secret: string, code: string, now: number): number | undefined {
  if (!TotpCode.safeParse(code).success) return undefined; // the library throws for some of them
  const delta = new TOTP({ ...parameters, secret }).validate({ token: code, timestamp: now, window });
  return delta === null ? undefined : Math.floor(now / (parameters.period * 1000)) + delta;
}
