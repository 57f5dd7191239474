import { ProtocolError } from "../errors.ts";
import type { Reader } from "../reader.ts";
import type { Writer } from "../writer.ts";

/** 0 for text, 1 for binary; the rest is reserved (manual, "Formats and Format Codes"). */
export type FormatCode = number;

/** A parameter, argument, column or result: its bytes, or null for SQL NULL. */
export type Value = Uint8Array | null;

/**
 * Reads a count and so many items. The count is the manual's Int16, which PostgreSQL reads unsigned: a Bind may have 65535 parameters.
 * @param itemSize the fewest bytes that an item can take
 * @throws ProtocolError `count.invalid` when the bytes left cannot hold so many, before any is read
 */
export function readList<T>(reader: Reader, itemSize: number, read: (reader: Reader) => T): readonly T[] {
  return readItems(reader, reader.uint16(), itemSize, read);
}

/** As `readList`, for a message that counts in another width. */
export function readItems<T>(
  reader: Reader,
  count: number,
  itemSize: number,
  read: (reader: Reader) => T,
): readonly T[] {
  if (count < 0 || count * itemSize > reader.remaining) {
    throw new ProtocolError(
      "count.invalid",
      `${count} items are announced, ${reader.remaining} bytes remain`,
    );
  }
  const items: T[] = [];
  for (let left = count; left > 0; left -= 1) items.push(read(reader));
  return items;
}

export function writeList<T>(writer: Writer, items: readonly T[], write: (item: T) => void): void {
  writer.uint16(items.length);
  items.forEach(write);
}

/** A count, then Int16 each. */
export function readFormatCodes(reader: Reader): readonly FormatCode[] {
  return readList(reader, 2, (reader) => reader.uint16());
}

export function writeFormatCodes(writer: Writer, codes: readonly FormatCode[]): void {
  writeList(writer, codes, (code) => writer.uint16(code));
}

/** A count, then object ids: Int32 each, unsigned. */
export function readOids(reader: Reader): readonly number[] {
  return readList(reader, 4, (reader) => reader.uint32());
}

export function writeOids(writer: Writer, oids: readonly number[]): void {
  writeList(writer, oids, (oid) => writer.uint32(oid));
}

/** Int32 length, or -1 for NULL, then the bytes. */
export function readValue(reader: Reader): Value {
  const length = reader.int32();
  if (length === -1) return null;
  if (length < 0) throw new ProtocolError("length.invalid", `a value has length ${length}`);
  return reader.bytes(length);
}

export function writeValue(writer: Writer, value: Value): void {
  if (value === null) {
    writer.int32(-1);
    return;
  }
  writer.uint32(value.length).bytes(value);
}

/** A count, then values. */
export function readValues(reader: Reader): readonly Value[] {
  return readList(reader, 4, readValue);
}

export function writeValues(writer: Writer, values: readonly Value[]): void {
  writeList(writer, values, (value) => writeValue(writer, value));
}
