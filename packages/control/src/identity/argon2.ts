/** Keys from passwords: argon2id (RFC 9106) with OWASP's parameters, which are kept beside what was made with them. */
import { argon2 } from "node:crypto";
import { promisify } from "node:util";

export interface Parameters {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

export const current: Parameters = { memory: 19_456, passes: 2, parallelism: 1 };
export const saltBytes = 16;
export const keyBytes = 32;

/** On libuv's threads, so that however many log in at once only four take argon2's memory. */
const argon2Async = promisify(argon2);

/** NFKC first (NIST SP 800-63B, 5.1.1.2): keyboards and terminals write the same letter in several ways. */
export async function deriveKey(
  password: string,
  salt: Uint8Array,
  parameters: Parameters,
): Promise<Uint8Array> {
  const message = password.normalize("NFKC");
  return await argon2Async("argon2id", { message, nonce: salt, tagLength: keyBytes, ...parameters });
}

/** As PHC strings have them. */
export function formatParameters({ memory, passes, parallelism }: Parameters): string {
  return `m=${memory},t=${passes},p=${parallelism}`;
}

/** Undefined for a text that `formatParameters` doesn't give. */
export function parseParameters(text: string): Parameters | undefined {
  const [, memory, passes, parallelism] = /^m=(\d{1,7}),t=(\d{1,2}),p=(\d)$/.exec(text) ?? [];
  if (parallelism === undefined) return undefined;
  return { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
}
