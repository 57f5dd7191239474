import type { CString } from "../../cstring.ts";
import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { type FormatCode, readList, writeList } from "../lists.ts";
import { BACKEND_TAG } from "./tag.ts";

export type FieldDescription = {
  readonly name: CString;
  /** The table's OID and the column's attribute number, or 0 where the field is not a table's column. */
  readonly tableOid: number;
  readonly columnNumber: number;
  readonly dataTypeOid: number;
  /** `pg_type.typlen`: negative for variable width. */
  readonly dataTypeSize: number;
  /** `pg_attribute.atttypmod`. */
  readonly typeModifier: number;
  /** 0 (text) in the answer to a Describe of a statement, where it is not yet known. */
  readonly format: FormatCode;
};

/** The shape of the rows to come. */
export type RowDescription = {
  readonly type: "RowDescription";
  readonly fields: readonly FieldDescription[];
};

/** A field with an empty name, in bytes. */
const FIELD_MIN = 19;

export function encodeRowDescription(message: RowDescription): Uint8Array {
  const writer = new Writer(BACKEND_TAG.RowDescription);
  writeList(writer, message.fields, (field) => writeField(writer, field));
  return writer.finish();
}

export function decodeRowDescription(body: Uint8Array): RowDescription {
  const reader = new Reader(body);
  const fields = readList(reader, FIELD_MIN, readField);
  reader.end();
  return { type: "RowDescription", fields };
}

function writeField(writer: Writer, field: FieldDescription): void {
  writer.cstring(field.name).uint32(field.tableOid).int16(field.columnNumber);
  writer.uint32(field.dataTypeOid).int16(field.dataTypeSize).int32(field.typeModifier).uint16(field.format);
}

function readField(reader: Reader): FieldDescription {
  return {
    name: reader.cstring(),
    tableOid: reader.uint32(),
    columnNumber: reader.int16(),
    dataTypeOid: reader.uint32(),
    dataTypeSize: reader.int16(),
    typeModifier: reader.int32(),
    format: reader.uint16(),
  };
}
