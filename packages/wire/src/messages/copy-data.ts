import { Reader } from "../reader.ts";
import { Writer } from "../writer.ts";

/** The two messages that both sides send during COPY; their tags are the same in both directions. */
export const COPY_TAG = { CopyData: 0x64 /* d */, CopyDone: 0x63 /* c */ } as const;

/** A piece of a COPY stream. Row boundaries mean nothing to it, except from the backend in text format. */
export type CopyData = { readonly type: "CopyData"; readonly data: Uint8Array };

/** The sender's end of a COPY stream, successful. */
export type CopyDone = { readonly type: "CopyDone" };

export function encodeCopyData(message: CopyData): Uint8Array {
  return new Writer(COPY_TAG.CopyData).bytes(message.data).finish();
}

export function decodeCopyData(body: Uint8Array): CopyData {
  return { type: "CopyData", data: body };
}

export function encodeCopyDone(_message: CopyDone): Uint8Array {
  return new Writer(COPY_TAG.CopyDone).finish();
}

export function decodeCopyDone(body: Uint8Array): CopyDone {
  new Reader(body).end();
  return { type: "CopyDone" };
}
