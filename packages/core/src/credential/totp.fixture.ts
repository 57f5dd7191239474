/** What a person's authenticator app does. */
import { TOTP } from "otpauth";

/** @param now milliseconds since 1970 */
export function codeAt(secret: string, now: number): string {
  return new TOTP({ secret }).generate({ timestamp: now });
}
