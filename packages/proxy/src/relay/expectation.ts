import type { ClientMessage } from "../inspect/client-message.ts";
import type { ReplyListener } from "./reply-event.ts";

/**
 * A message that the server will answer, or that decides what it answers.
 * `copy_end` is CopyDone or CopyFail: never answered, but a Sync before it is passed over.
 */
export type Expectation =
  | {
      readonly kind:
        | "parse"
        | "bind"
        | "describe"
        | "execute"
        | "close"
        | "sync"
        | "query"
        | "function"
        | "copy_end";
      readonly listener: ReplyListener | undefined;
    }
  /** Ours: `reply` is due when everything before it has been answered. */
  | { readonly kind: "answer"; readonly listener: undefined; readonly reply: Uint8Array };

/** What the server will answer to a message; undefined where nothing hangs on it. */
export function kindOf(message: ClientMessage): Exclude<Expectation["kind"], "answer"> | undefined {
  switch (message.type) {
    case "Parse":
      return "parse";
    case "Bind":
      return "bind";
    case "Describe":
      return "describe";
    case "Execute":
      return "execute";
    case "Close":
      return "close";
    case "Sync":
      return "sync";
    case "Query":
      return "query";
    case "FunctionCall":
      return "function";
    case "CopyDone":
    case "CopyFail":
      return "copy_end";
    default:
      return undefined;
  }
}

/** A message of the extended query protocol: the server drops what follows its failure, up to the next Sync. */
export function isExtended(kind: Expectation["kind"]): boolean {
  return kind === "parse" || kind === "bind" || kind === "describe" || kind === "execute" || kind === "close";
}
