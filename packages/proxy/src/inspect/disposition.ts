import type { ReplyListener } from "../relay/reply-event.ts";
import type { ClientMessage, Head } from "./client-message.ts";

/** What becomes of a message that a client sent. */
export type Disposition =
  /** It goes to the server as it came, by reference; `onReply` hears of what the server answers to it. */
  | { readonly type: "forward"; readonly listener?: ReplyListener }
  /** It waits, and everything behind it, until the server has answered more of what went before. */
  | { readonly type: "hold" }
  /** It doesn't go to the server; the client gets `reply` at the place where the server's answer would have been. */
  | { readonly type: "answer"; readonly reply: Uint8Array }
  /** It doesn't go to the server, which would pass over it. */
  | { readonly type: "drop" }
  /** Something else goes to the server in its place. */
  | { readonly type: "replace"; readonly message: Uint8Array; readonly listener?: ReplyListener };

export const forward: Disposition = { type: "forward" };
export const hold: Disposition = { type: "hold" };
export const drop: Disposition = { type: "drop" };

/** What becomes of a message that is too large to be kept, before the first byte of it leaves. */
export type Admission =
  /** It goes to the server as it comes, all but the last byte. What `inspect` then says is forward, or hold. */
  | "pass"
  /** It waits, as with `hold`. */
  | "wait"
  /** Nothing of it goes to the server. What `inspect` says, when all of it has come, is answer or drop. */
  | "withhold";

/** Looks at the messages of one session, in their order; a held one again when it is let go on. */
export interface Inspector {
  /** Asked ahead of `inspect`, for large messages alone: the server does nothing before it has a message's last byte. */
  admit(head: Head): Admission;
  inspect(message: ClientMessage): Disposition;
}
