/** One-time and short-lived secrets: random texts of which only the hash is kept. */
import { createHash, timingSafeEqual } from "node:crypto";

/** SHA-256 in hex. Enough for secrets of 128 random bits and more; passwords take `password.ts`. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Compares without telling by its time how much was right. */
export function isSecret(secret: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(secret)), Buffer.from(hash.padEnd(64).slice(0, 64)));
}
