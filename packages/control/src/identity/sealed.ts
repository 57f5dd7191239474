/**
 * Texts that only their owner's password opens: AES-256-GCM (NIST SP 800-38D) under a key that is derived from it. Who
 * reads the store, a copy of it or its stream has nothing without the password.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { RandomBytes } from "@postern/core/id";
import { z } from "zod";
import { current, deriveKey, formatParameters, parseParameters, saltBytes } from "./argon2.ts";

export const Sealed = z.strictObject({
  /** Of the derivation: parameters as PHC strings have them, and the salt. What is binary is base64. */
  kdf: z.string(),
  salt: z.string(),
  iv: z.string(),
  ciphertext: z.string(),
  tag: z.string(),
});
export type Sealed = z.infer<typeof Sealed>;

const algorithm = "aes-256-gcm";
const ivBytes = 12;

/** @param context what it belongs to: it opens for the same context alone */
export async function seal(
  text: string,
  { password, context, random }: { password: string; context: string; random: RandomBytes },
): Promise<Sealed> {
  const [salt, iv] = [random(saltBytes), random(ivBytes)];
  const cipher = createCipheriv(algorithm, await deriveKey(password, salt, current), iv);
  cipher.setAAD(Buffer.from(context));
  const ciphertext = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return {
    kdf: formatParameters(current),
    salt: encode(salt),
    iv: encode(iv),
    ciphertext: encode(ciphertext),
    tag: encode(cipher.getAuthTag()),
  };
}

/** @throws Error where it was sealed under another password or for another context, or was changed: a bug, or an attack */
export async function unseal(
  { kdf, salt, iv, ciphertext, tag }: Sealed,
  { password, context }: { password: string; context: string },
): Promise<string> {
  const parameters = parseParameters(kdf);
  if (parameters === undefined) throw unopened();
  const key = await deriveKey(password, decode(salt), parameters);
  try {
    const decipher = createDecipheriv(algorithm, key, decode(iv), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(context)).setAuthTag(decode(tag));
    return Buffer.concat([decipher.update(decode(ciphertext)), decipher.final()]).toString("utf8");
  } catch (error) {
    throw unopened(error);
  }
}

function unopened(cause?: unknown): Error {
  return new Error("a sealed text does not open", { cause });
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function decode(text: string): Buffer {
  return Buffer.from(text, "base64");
}
