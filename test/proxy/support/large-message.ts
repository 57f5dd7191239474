/** Messages too large to be made at once. */
import { createHash } from "node:crypto";

/** So many bytes of one value, or these. */
export type Field = Uint8Array | { readonly fill: string; readonly bytes: number };

const pieceBytes = 64 * 1024;

function* piecesOf(field: Field): Generator<Uint8Array> {
  if (field instanceof Uint8Array) return yield field;
  const piece = Buffer.alloc(Math.min(pieceBytes, field.bytes), field.fill);
  for (let left = field.bytes; left > 0; left -= pieceBytes) yield piece.subarray(0, left);
}

const sizeOf = (field: Field): number => (field instanceof Uint8Array ? field.length : field.bytes);

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int16 = (value: number): Buffer => int32(value).subarray(2);
export const nul = Buffer.alloc(1);

/** The message piece by piece, tag and length first. */
export function* largeMessage(tag: string, fields: readonly Field[]): Generator<Uint8Array> {
  const length = fields.reduce((sum, field) => sum + sizeOf(field), 4);
  yield Buffer.concat([Buffer.from(tag), int32(length)]);
  for (const field of fields) yield* piecesOf(field);
}

const listed = (values: readonly (Field | null)[]): Field[] => [
  int16(values.length),
  ...values.flatMap((value) => (value === null ? [int32(-1)] : [int32(sizeOf(value)), value])),
];

const formatsOf = (formats: readonly number[]): Buffer =>
  Buffer.concat([int16(formats.length), ...formats.map(int16)]);

export const largeQuery = (...fields: readonly Field[]) => largeMessage("Q", [...fields, nul]);

export const largeParse = (name: string, ...fields: readonly Field[]) =>
  largeMessage("P", [Buffer.from(`${name}\0`), ...fields, nul, int16(0)]);

export const largeBind = (
  portal: string,
  statement: string,
  values: readonly (Field | null)[],
  formats: readonly number[] = [],
) =>
  largeMessage("B", [
    Buffer.from(`${portal}\0${statement}\0`),
    formatsOf(formats),
    ...listed(values),
    int16(0),
  ]);

/** Its result is binary. */
export const largeCall = (oid: number, values: readonly (Field | null)[], formats: readonly number[]) =>
  largeMessage("F", [int32(oid), formatsOf(formats), ...listed(values), int16(1)]);

/** All of it but so many bytes at its end. */
export function* withoutEnd(pieces: Iterable<Uint8Array>, missing: number): Generator<Uint8Array> {
  const all = Buffer.concat([...pieces]);
  yield all.subarray(0, all.length - missing);
}

/** As a record proves a value that it cut. */
export function proofOf(...fields: readonly Field[]): { readonly bytes: number; readonly sha256: string } {
  const hash = createHash("sha256");
  for (const field of fields) for (const piece of piecesOf(field)) hash.update(piece);
  return { bytes: fields.reduce((sum, field) => sum + sizeOf(field), 0), sha256: hash.digest("hex") };
}
