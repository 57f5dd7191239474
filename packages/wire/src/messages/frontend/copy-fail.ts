import type { CString } from "../../cstring.ts";
import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { FRONTEND_TAG } from "./tag.ts";

/** The frontend gives up a COPY into the database; `reason` becomes part of the server's error. */
export type CopyFail = { readonly type: "CopyFail"; readonly reason: CString };

export function encodeCopyFail(message: CopyFail): Uint8Array {
  return new Writer(FRONTEND_TAG.CopyFail).cstring(message.reason).finish();
}

export function decodeCopyFail(body: Uint8Array): CopyFail {
  const reader = new Reader(body);
  const reason = reader.cstring();
  reader.end();
  return { type: "CopyFail", reason };
}
