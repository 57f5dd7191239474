import type { CString } from "../../cstring.ts";
import { ProtocolError } from "../../errors.ts";
import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { FRONTEND_TAG } from "./tag.ts";

/** What Describe and Close speak of: a prepared statement or a portal; empty names the unnamed one. */
export type Target = { readonly target: "statement" | "portal"; readonly name: CString };

export type Describe = { readonly type: "Describe" } & Target;
export type Close = { readonly type: "Close" } & Target;

const STATEMENT = 0x53; /* S */
const PORTAL = 0x50; /* P */

export function encodeDescribe(message: Describe): Uint8Array {
  return encodeTarget(FRONTEND_TAG.Describe, message);
}

export function encodeClose(message: Close): Uint8Array {
  return encodeTarget(FRONTEND_TAG.Close, message);
}

export function decodeDescribe(body: Uint8Array): Describe {
  return { type: "Describe", ...decodeTarget(body) };
}

export function decodeClose(body: Uint8Array): Close {
  return { type: "Close", ...decodeTarget(body) };
}

function encodeTarget(tag: number, { target, name }: Target): Uint8Array {
  const kind = target === "statement" ? STATEMENT : PORTAL;
  return new Writer(tag).byte(kind).cstring(name).finish();
}

function decodeTarget(body: Uint8Array): Target {
  const reader = new Reader(body);
  const target = targetOf(reader.byte());
  const name = reader.cstring();
  reader.end();
  return { target, name };
}

function targetOf(kind: number): Target["target"] {
  if (kind === STATEMENT) return "statement";
  if (kind === PORTAL) return "portal";
  throw new ProtocolError("value.invalid", `${kind} is neither statement nor portal`);
}
