/**
 * Makes sure that every message means one thing, before anybody judges or records it. What stands behind a statement
 * that may COPY, PREPARE or DECLARE waits for its answer: a Sync amid COPY data is passed over, but behind a COPY that
 * has failed it isn't, and the server alone knows which came first.
 */
import { ProtocolError } from "@postern/wire/errors";
import type { FrontendMessage } from "@postern/wire/messages/frontend";
import type { ReplyQueue } from "../relay/reply-queue.ts";
import { type Disposition, drop, forward, hold, type Inspector } from "./disposition.ts";

export class OrderInspector implements Inspector {
  readonly #queue: ReplyQueue;

  constructor(queue: ReplyQueue) {
    this.#queue = queue;
  }

  inspect(message: FrontendMessage): Disposition {
    if (message.type === "Terminate") return forward;
    if (this.#queue.isUndecided) return hold;
    return this.#queue.isCopyingIn ? amidCopy(message) : forward;
  }
}

/** As PostgreSQL does it (manual, "COPY Operations"), which ends the session for a message that has no place there. */
function amidCopy({ type }: FrontendMessage): Disposition {
  switch (type) {
    case "CopyDone":
    case "CopyFail":
    case "Flush":
      return forward;
    case "Sync":
      return drop;
    default:
      throw new ProtocolError("tag.refused", `unexpected ${type} during COPY from stdin`);
  }
}
