/**
 * Ids that sort by time and say what they name: `<prefix>_<ULID>`. A wrong kind of id is seen at a glance in a log.
 * See the ULID specification: 48 bits of milliseconds, 80 bits of randomness, Crockford's base 32.
 */
export const idPrefixes = {
  loginSession: "ls",
  grant: "gr",
  host: "ho",
  decision: "de",
  invite: "in",
  request: "rq",
  statement: "st",
} as const;

export type IdKind = keyof typeof idPrefixes;

/** Fills `bytes` with randomness; `crypto.getRandomValues` in production, a seeded one in tests. */
export type RandomBytes = (count: number) => Uint8Array;

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function base32(value: bigint, length: number): string {
  let text = "";
  for (let rest = value, left = length; left > 0; left--, rest >>= 5n)
    text = alphabet[Number(rest & 31n)] + text;
  return text;
}

/** A new ULID for the time `now` (milliseconds). */
export function createUlid(now: number, random: RandomBytes): string {
  let entropy = 0n;
  for (const byte of random(10)) entropy = (entropy << 8n) | BigInt(byte);
  return base32(BigInt(now), 10) + base32(entropy, 16);
}

/** A new id such as `gr_01JD5Z3K8Q…`. */
export function createId(kind: IdKind, now: number, random: RandomBytes): string {
  return `${idPrefixes[kind]}_${createUlid(now, random)}`;
}

/** True for a text that `createId(kind, …)` could have made. */
export function isId(kind: IdKind, text: string): boolean {
  return new RegExp(`^${idPrefixes[kind]}_[0-9A-HJKMNP-TV-Z]{26}$`).test(text);
}
