/** The lists of `messages/lists.ts`, over a body that comes in parts. */
import { ProtocolError } from "../errors.ts";
import type { FormatCode } from "../messages/lists.ts";
import type { PartSource, Reading } from "./source.ts";

/** Takes values one after the other. */
export interface TakeValues {
  /** @param length in bytes, which `bytes` gives as they come; null for NULL */
  begin(length: number | null): void;
  bytes(bytes: Uint8Array): void;
}

/** @throws ProtocolError `count.invalid` when the bytes left cannot hold so many items */
export function* readCount(source: PartSource, itemSize: number): Reading<number> {
  const count = yield* source.uint16();
  if (count * itemSize <= source.remaining) return count;
  throw new ProtocolError("count.invalid", `${count} items are announced, ${source.remaining} bytes remain`);
}

export function* readFormatCodes(source: PartSource): Reading<readonly FormatCode[]> {
  const codes: FormatCode[] = [];
  for (let left = yield* readCount(source, 2); left > 0; left -= 1) codes.push(yield* source.uint16());
  return codes;
}

export function* readOids(source: PartSource): Reading<readonly number[]> {
  const oids: number[] = [];
  for (let left = yield* readCount(source, 4); left > 0; left -= 1) oids.push(yield* source.uint32());
  return oids;
}

export function* passValues(source: PartSource, values: TakeValues): Reading<void> {
  for (let left = yield* readCount(source, 4); left > 0; left -= 1) {
    const length = yield* source.int32();
    if (length < -1) throw new ProtocolError("length.invalid", `a value has length ${length}`);
    values.begin(length === -1 ? null : length);
    if (length > 0) yield* source.pass(length, (bytes) => values.bytes(bytes));
  }
}
