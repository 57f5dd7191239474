/**
 * Passwords: argon2id (RFC 9106) with OWASP's parameters, kept in the PHC string format with its parameters, so that
 * a hash made with older ones is still good and is renewed at the next login.
 */
import { argon2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { RandomBytes } from "@postern/core/id";

interface Parameters {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

const current: Parameters = { memory: 19_456, passes: 2, parallelism: 1 };
const saltBytes = 16;
const tagBytes = 32;

export interface PasswordCheck {
  readonly right: boolean;
  /** The hash was made with other parameters than today's. */
  readonly outdated: boolean;
}

/** `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>` */
export async function hashPassword(password: string, random: RandomBytes): Promise<string> {
  const salt = random(saltBytes);
  const tag = await derive(password, salt, current);
  return `$argon2id$v=19$${formatParameters(current)}$${encode(salt)}$${encode(tag)}`;
}

/**
 * Takes as long for a user who has no password (or doesn't exist), as `hash` undefined says: how long a refusal takes
 * tells nobody which it was.
 */
export async function checkPassword(password: string, hash: string | undefined): Promise<PasswordCheck> {
  const stored = hash === undefined ? undefined : parseHash(hash);
  const { salt, tag, parameters } = stored ?? nobody;
  const derived = await derive(password, salt, parameters);
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
  tag: new Uint8Array(tagBytes),
};

const format = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([\w+/]{22})\$([\w+/]{43})$/;

function parseHash(text: string): StoredHash {
  const [, memory, passes, parallelism, salt, tag] = format.exec(text) ?? [];
  if (salt === undefined || tag === undefined) throw new Error("a password's hash is not in the PHC format");
  return {
    parameters: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, "base64"),
    tag: Buffer.from(tag, "base64"),
  };
}

/** On libuv's threads, so that however many log in at once only four take argon2's memory. */
const argon2Async = promisify(argon2);

/** NFKC first (NIST SP 800-63B, 5.1.1.2): keyboards and terminals write the same letter in several ways. */
async function derive(password: string, salt: Uint8Array, parameters: Parameters): Promise<Uint8Array> {
  const message = password.normalize("NFKC");
  return await argon2Async("argon2id", { message, nonce: salt, tagLength: tagBytes, ...parameters });
}

function formatParameters({ memory, passes, parallelism }: Parameters): string {
  return `m=${memory},t=${passes},p=${parallelism}`;
}

/** Base64 without padding, as PHC strings have it. */
function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replaceAll("=", "");
}
