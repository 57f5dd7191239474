/**
 * Composite keys. Parts come from people (names, labels, addresses), so each is percent-encoded (RFC 3986) before the
 * separator goes between: no part can reach into its neighbour's place.
 *
 * Order: parts of letters, digits and `-_.~` stay as they are, and the separator sorts below all of them, so keys of
 * such parts sort as their parts do: `a` before `a#b` before `a0`.
 */
import { StoreError } from "./error.ts";

const SEPARATOR = "#";

/** `joinKey(["session", sid])`. @throws StoreError `store.key-invalid` for no parts, an empty one, or a lone surrogate. */
export function joinKey(parts: readonly string[]): string {
  if (parts.length === 0) {
    throw new StoreError("store.key-invalid", "a key has at least one part");
  }
  return parts.map(encodePart).join(SEPARATOR);
}

/** What all keys with these first parts and at least one more begin with: the `prefix` of a query. */
export function keyPrefix(parts: readonly string[]): string {
  return joinKey(parts) + SEPARATOR;
}

/** The parts that `joinKey` was given. @throws StoreError `store.key-invalid` for what it did not make. */
export function splitKey(key: string): string[] {
  const parts = key.split(SEPARATOR).map(decodePart);
  if (joinKey(parts) !== key) {
    throw new StoreError("store.key-invalid", "the key was not made by joinKey");
  }
  return parts;
}

/** encodeURIComponent leaves `!`, the one unreserved character that sorts below `#`. */
function encodePart(part: string): string {
  if (part === "" || !part.isWellFormed()) {
    throw new StoreError("store.key-invalid", "a key's part must be Unicode and not empty");
  }
  return encodeURIComponent(part).replaceAll("!", "%21");
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new StoreError("store.key-invalid", "the key was not made by joinKey", cause);
  }
}
