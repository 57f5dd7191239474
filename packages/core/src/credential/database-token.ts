/**
 * The password of clients that can't present a certificate: `pdt_`, the grant's ULID, `_`, 32 characters of secret;
 * 63 in all, as some clients cut passwords at 64. The control plane keeps only the secret's hash, in the grant.
 */
import { idPrefixes } from "../id.ts";

const pattern = /^pdt_([0-9A-HJKMNP-TV-Z]{26})_([A-Za-z0-9_-]{32})$/;

export interface DatabaseToken {
  readonly grant_id: string;
  /** 32 characters of base64url: 192 bits. */
  readonly secret: string;
}

export function formatDatabaseToken(token: DatabaseToken): string {
  return `pdt_${token.grant_id.slice(idPrefixes.grant.length + 1)}_${token.secret}`;
}

/** Undefined for a text that can't be a database token: no look-up is made for it. */
export function parseDatabaseToken(text: string): DatabaseToken | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, ulid = "", secret = ""] = match;
  return { grant_id: `${idPrefixes.grant}_${ulid}`, secret };
}
