/**
 * Passwords, kept as hashes in the PHC string format with their parameters, so that a hash made with older ones is still
 * good and is renewed at the next login.
 */
import { timingSafeEqual } from "node:crypto";
import type { RandomBytes } from "@postern/core/id";
import {
  current,
  deriveKey,
  formatParameters,
  keyBytes,
  type Parameters,
  parseParameters,
  saltBytes,
} from "./argon2.ts";

export interface PasswordCheck {
  readonly right: boolean;
  /** The hash was made with other parameters than today's. */
  readonly outdated: boolean;
}

/** `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>` */
export async function hashPassword(password: string, random: RandomBytes): Promise<string> {
  const salt = random(saltBytes);
  const tag = await deriveKey(password, salt, current);
  return `$argon2id$v=19$${formatParameters(current)}$${encode(salt)}$${encode(tag)}`;
}

/**
 * Takes as long for a user who has no password (or doesn't exist), as `hash` undefined says: how long a refusal takes
 * tells nobody which it was.
 */
export async function checkPassword(password: string, hash: string | undefined): Promise<PasswordCheck> {
  const stored = hash === undefined ? undefined : parseHash(hash);
  const { salt, tag, parameters } = stored ?? nobody;
  const derived = await deriveKey(password, salt, parameters);
  const right = timingSafeEqual(derived, tag) && stored !== undefined;
  return { right, outdated: formatParameters(parameters) !== formatParameters(current) };
}

interface StoredHash {
  readonly parameters: Parameters;
  readonly salt: Uint8Array;
  readonly tag: Uint8Array;
}

const nobody: StoredHash = {
  parameters: current,
  salt: new Uint8Array(saltBytes),
  tag: new Uint8Array(keyBytes),
};

const format = /^\$argon2id\$v=19\$([^$]+)\$([\w+/]{22})\$([\w+/]{43})$/;

function parseHash(text: string): StoredHash {
  const [, parameterText = "", salt, tag] = format.exec(text) ?? [];
  const parameters = parseParameters(parameterText);
  if (parameters === undefined || salt === undefined || tag === undefined)
    throw new Error("a password's hash is not in the PHC format");
  return { parameters, salt: Buffer.from(salt, "base64"), tag: Buffer.from(tag, "base64") };
}

/** Base64 without padding, as PHC strings have it. */
function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replaceAll("=", "");
}
