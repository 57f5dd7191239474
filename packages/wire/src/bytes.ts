export const EMPTY: Uint8Array = new Uint8Array(0);

/** Always a copy: neither argument is kept alive by the result. */
export function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

/**
 * One view over two that lie side by side in one buffer, as pieces of one chunk do; else undefined. Lets a relay that forwards piece
 * after piece write once for many, without copying.
 */
export function joinAdjacent(first: Uint8Array, second: Uint8Array): Uint8Array | undefined {
  if (first.buffer !== second.buffer || first.byteOffset + first.length !== second.byteOffset)
    return undefined;
  return new Uint8Array(first.buffer, first.byteOffset, first.length + second.length);
}
