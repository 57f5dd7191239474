/**
 * Refuses the fast path, calls by OID that carry no text: any function could be called so, and the log would show a
 * number. What drivers use it for, the large objects' own functions, passes; deleting one takes SQL.
 */
import { errorResponse } from "@postern/wire/error-response";
import { encodeBackend } from "@postern/wire/messages/backend";
import { SQLSTATE } from "@postern/wire/sqlstate";
import { beginFunctionCall } from "../audit/function-call.ts";
import type { Journal } from "../audit/journal.ts";
import type { ReplyQueue } from "../relay/reply-queue.ts";
import type { ClientMessage, FunctionCall, Head } from "./client-message.ts";
import { type Admission, type Disposition, forward, hold, type Inspector } from "./disposition.ts";

/**
 * lo_creat, lo_create, lo_open, lo_close, loread, lowrite, lo_lseek, lo_lseek64, lo_tell, lo_tell64, lo_truncate and
 * lo_truncate64. Source: PostgreSQL's pg_proc.dat; OIDs of built-in functions never change.
 */
const largeObjects: ReadonlySet<number> = new Set([
  957, 715, 952, 953, 954, 955, 956, 3170, 958, 3171, 1004, 3172,
]);

const sqlstate = SQLSTATE.insufficient_privilege;
const message = "function calls by OID are not allowed here, but for large objects";

const refused = encodeBackend(
  errorResponse({
    severity: "ERROR",
    code: sqlstate,
    message,
    hint: "call the function in SQL, with SELECT",
  }),
);

export class FastPathInspector implements Inspector {
  readonly #journal: Journal;
  readonly #queue: ReplyQueue;

  constructor(journal: Journal, queue: ReplyQueue) {
    this.#journal = journal;
    this.#queue = queue;
  }

  admit(head: Head): Admission {
    if (this.#mayPass(head)) return "pass";
    return this.#queue.isIdle ? "withhold" : "wait";
  }

  inspect(message: ClientMessage): Disposition {
    if (message.type !== "FunctionCall" || this.#mayPass(message)) return forward;
    // The reply tells the transaction's state, which is known when everything before it has been answered.
    return this.#queue.isIdle ? this.#refuse(message) : hold;
  }

  #mayPass(head: Head): boolean {
    if (head.type !== "FunctionCall" || largeObjects.has(head.functionOid)) return true;
    return this.#queue.isSkipping; // the server drops it
  }

  #refuse(call: FunctionCall): Disposition {
    this.#journal.outcome(beginFunctionCall(this.#journal, call), {
      success: false,
      sqlstate,
      error: message,
    });
    const ready = encodeBackend({ type: "ReadyForQuery", status: this.#queue.status });
    return { type: "answer", reply: Buffer.concat([refused, ready]) };
  }
}
