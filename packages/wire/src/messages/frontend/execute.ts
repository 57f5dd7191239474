import type { CString } from "../../cstring.ts";
import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { FRONTEND_TAG } from "./tag.ts";

/** Runs a portal, or goes on with a suspended one. */
export type Execute = {
  readonly type: "Execute";
  readonly portal: CString;
  /** The most rows to give before PortalSuspended; 0 (and below) for all. */
  readonly maxRows: number;
};

export function encodeExecute(message: Execute): Uint8Array {
  return new Writer(FRONTEND_TAG.Execute).cstring(message.portal).int32(message.maxRows).finish();
}

export function decodeExecute(body: Uint8Array): Execute {
  const reader = new Reader(body);
  const portal = reader.cstring();
  const maxRows = reader.int32();
  reader.end();
  return { type: "Execute", portal, maxRows };
}
