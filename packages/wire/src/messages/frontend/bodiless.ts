import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { FRONTEND_TAG } from "./tag.ts";

/** Ends an extended query: closes its implicit transaction, ends skipping after an error, asks for ReadyForQuery. */
export type Sync = { readonly type: "Sync" };
/** Asks for the replies so far, without ending anything. */
export type Flush = { readonly type: "Flush" };
/** A polite end of the session. */
export type Terminate = { readonly type: "Terminate" };

type Bodiless = Sync | Flush | Terminate;

export function encodeBodiless(message: Bodiless): Uint8Array {
  return new Writer(FRONTEND_TAG[message.type]).finish();
}

export function decodeSync(body: Uint8Array): Sync {
  new Reader(body).end();
  return { type: "Sync" };
}

export function decodeFlush(body: Uint8Array): Flush {
  new Reader(body).end();
  return { type: "Flush" };
}

export function decodeTerminate(body: Uint8Array): Terminate {
  new Reader(body).end();
  return { type: "Terminate" };
}
