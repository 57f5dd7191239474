import { ProtocolError } from "../errors.ts";

/** The lengths, in bytes, that protocol 3.2 allows a cancel key; before it, only the shortest. */
export const SECRET_KEY_MIN = 4;
export const SECRET_KEY_MAX = 256;

/** @throws ProtocolError `length.invalid` */
export function checkSecretKey(key: Uint8Array): void {
  if (key.length >= SECRET_KEY_MIN && key.length <= SECRET_KEY_MAX) return;
  throw new ProtocolError("length.invalid", `a cancel key has ${key.length} bytes`);
}
