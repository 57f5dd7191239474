import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { BACKEND_TAG } from "./tag.ts";

/** The answer to an empty query string, in the place of CommandComplete. */
export type EmptyQueryResponse = { readonly type: "EmptyQueryResponse" };
export type ParseComplete = { readonly type: "ParseComplete" };
export type BindComplete = { readonly type: "BindComplete" };
export type CloseComplete = { readonly type: "CloseComplete" };
/** The answer to a Describe of what returns no rows. */
export type NoData = { readonly type: "NoData" };
/** An Execute reached its row limit; another one goes on. */
export type PortalSuspended = { readonly type: "PortalSuspended" };

export type Bodiless =
  | EmptyQueryResponse
  | ParseComplete
  | BindComplete
  | CloseComplete
  | NoData
  | PortalSuspended;

export function encodeBodiless(message: Bodiless): Uint8Array {
  return new Writer(BACKEND_TAG[message.type]).finish();
}

export function decodeBodiless(type: Bodiless["type"], body: Uint8Array): Bodiless {
  new Reader(body).end();
  return { type };
}
