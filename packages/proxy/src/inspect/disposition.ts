import type { FrontendMessage } from "@postern/wire/messages/frontend";
import type { ReplyListener } from "../relay/reply-event.ts";

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

/** Looks at the messages of one session, in their order; a held one again when it is let go on. */
export interface Inspector {
  inspect(message: FrontendMessage): Disposition;
}
