/** UUIDs of version 8, whose 122 bits are ours to choose (RFC 9562, 5.8). */
import { createHash } from "node:crypto";

/** A UUID made of the first 16 of `bytes`; version and variant take 6 of their bits. */
export function formatUuid(bytes: Uint8Array): string {
  const octets = Buffer.from(bytes.subarray(0, 16));
  octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x80;
  octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80;
  return octets.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The UUID that these parts always give, and no other parts do. */
export function uuidFrom(parts: readonly (string | number)[]): string {
  return formatUuid(createHash("sha256").update(JSON.stringify(parts)).digest());
}
