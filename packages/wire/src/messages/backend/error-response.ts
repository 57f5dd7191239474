import type { CString } from "../../cstring.ts";
import { ProtocolError } from "../../errors.ts";
import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { BACKEND_TAG } from "./tag.ts";

/**
 * One field of an error or notice. `letter` is the field's type (manual, "Error and Notice Message Fields"); unknown ones are to be
 * ignored by who reads, and passed on by us.
 */
export type ErrorField = { readonly letter: string; readonly value: CString };

export type ErrorResponse = { readonly type: "ErrorResponse"; readonly fields: readonly ErrorField[] };
export type NoticeResponse = { readonly type: "NoticeResponse"; readonly fields: readonly ErrorField[] };

export function encodeErrorResponse(message: ErrorResponse): Uint8Array {
  return encodeFields(BACKEND_TAG.ErrorResponse, message.fields);
}

export function encodeNoticeResponse(message: NoticeResponse): Uint8Array {
  return encodeFields(BACKEND_TAG.NoticeResponse, message.fields);
}

/** No field is required here: servers that leave out even the SQLSTATE exist, and must not stop us. */
export function decodeErrorResponse(body: Uint8Array): ErrorResponse {
  return { type: "ErrorResponse", fields: decodeFields(body) };
}

export function decodeNoticeResponse(body: Uint8Array): NoticeResponse {
  return { type: "NoticeResponse", fields: decodeFields(body) };
}

function encodeFields(tag: number, fields: readonly ErrorField[]): Uint8Array {
  const writer = new Writer(tag);
  for (const { letter, value } of fields) {
    const byte = letter.length === 1 ? letter.charCodeAt(0) : 0;
    if (byte === 0) throw new ProtocolError("value.invalid", "an error field has no one-byte type");
    writer.byte(byte).cstring(value);
  }
  return writer.byte(0).finish();
}

function decodeFields(body: Uint8Array): readonly ErrorField[] {
  const reader = new Reader(body);
  const fields: ErrorField[] = [];
  for (let byte = reader.byte(); byte !== 0; byte = reader.byte()) {
    fields.push({ letter: String.fromCharCode(byte), value: reader.cstring() });
  }
  reader.end();
  return fields;
}
