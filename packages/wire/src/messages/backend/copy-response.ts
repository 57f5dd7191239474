import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { type FormatCode, readFormatCodes, writeFormatCodes } from "../lists.ts";
import { BACKEND_TAG } from "./tag.ts";

type CopyFormat = {
  /** Of the COPY as a whole: 0 textual (rows end at newlines), 1 binary. */
  readonly format: FormatCode;
  /** One a column. */
  readonly columnFormats: readonly FormatCode[];
};

/** The server is ready to take data from the client. */
export type CopyInResponse = { readonly type: "CopyInResponse" } & CopyFormat;
/** Data from the server follows. */
export type CopyOutResponse = { readonly type: "CopyOutResponse" } & CopyFormat;
/** Data goes both ways from here: streaming replication only. */
export type CopyBothResponse = { readonly type: "CopyBothResponse" } & CopyFormat;

export function encodeCopyResponse(message: CopyInResponse | CopyOutResponse | CopyBothResponse): Uint8Array {
  const writer = new Writer(BACKEND_TAG[message.type]).int8(message.format);
  writeFormatCodes(writer, message.columnFormats);
  return writer.finish();
}

export function decodeCopyInResponse(body: Uint8Array): CopyInResponse {
  return { type: "CopyInResponse", ...decodeFormats(body) };
}

export function decodeCopyOutResponse(body: Uint8Array): CopyOutResponse {
  return { type: "CopyOutResponse", ...decodeFormats(body) };
}

export function decodeCopyBothResponse(body: Uint8Array): CopyBothResponse {
  return { type: "CopyBothResponse", ...decodeFormats(body) };
}

function decodeFormats(body: Uint8Array): CopyFormat {
  const reader = new Reader(body);
  const format = reader.int8();
  const columnFormats = readFormatCodes(reader);
  reader.end();
  return { format, columnFormats };
}
