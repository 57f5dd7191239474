/**
 * Makes sure that every message means one thing, before anybody judges or records it. What stands behind a statement
 * that may COPY, PREPARE or DECLARE waits for its answer: a Sync amid COPY data is passed over, but behind a COPY that
 * has failed it isn't, and the server alone knows which came first.
 */
import { ProtocolError } from "@postern/wire/errors";
import type { ReplyQueue } from "../relay/reply-queue.ts";
import type { ClientMessage, Head } from "./client-message.ts";
import { type Admission, type Disposition, drop, forward, hold, type Inspector } from "./disposition.ts";

export class OrderInspector implements Inspector {
  readonly #queue: ReplyQueue;

  constructor(queue: ReplyQueue) {
    this.#queue = queue;
  }

  /** A large message decides nothing before it has left, so what holds for its head holds for it. */
  admit(head: Head): Admission {
    if (this.#queue.isUndecided) return "wait";
    if (this.#queue.isCopyingIn) throw misplaced(head);
    return "pass";
  }

  inspect(message: ClientMessage): Disposition {
    if (message.type === "Terminate") return forward;
    if (this.#queue.isUndecided) return hold;
    return this.#queue.isCopyingIn ? amidCopy(message) : forward;
  }
}

/** As PostgreSQL does it (manual, "COPY Operations"), which ends the session for a message that has no place there. */
function amidCopy(message: ClientMessage): Disposition {
  switch (message.type) {
    case "CopyDone":
    case "CopyFail":
    case "Flush":
      return forward;
    case "Sync":
      return drop;
    default:
      throw misplaced(message);
  }
}

function misplaced({ type }: Pick<ClientMessage, "type">): ProtocolError {
  return new ProtocolError("tag.refused", `unexpected ${type} during COPY from stdin`);
}
