import type { CString } from "@postern/wire/cstring";
import type { ErrorResponse } from "@postern/wire/messages/backend/error-response";
import type { TransactionStatus } from "@postern/wire/messages/backend/ready-for-query";

/** An ErrorResponse, or an error too long to be kept whole (`response` is undefined then). */
export interface Failure {
  readonly response: ErrorResponse | undefined;
  /** What the failed message was about, as its listener named it. */
  readonly subject: object | undefined;
  /** Set by who has recorded the failure, so that it is recorded once. */
  isRecorded: boolean;
}

/** What the server answered to one message. `bytes`: of the reply, since the event before. */
export type ReplyEvent =
  /** ParseComplete, BindComplete, CloseComplete, a description, a function's result; `tag` is CommandComplete's. */
  | { readonly type: "completed"; readonly tag: CString | undefined; readonly bytes: number }
  | { readonly type: "empty"; readonly bytes: number }
  /** PortalSuspended */
  | { readonly type: "suspended"; readonly bytes: number }
  | { readonly type: "failed"; readonly failure: Failure; readonly bytes: number }
  /** The server dropped the message unread, as the one that `failure` tells of went wrong before it. */
  | { readonly type: "skipped"; readonly failure: Failure }
  /** ReadyForQuery: the last event of a Sync, a Query and a FunctionCall. */
  | { readonly type: "ready"; readonly status: TransactionStatus };

export interface ReplyListener {
  /** What the message is about, for who hears of its failure. */
  readonly subject?: object | undefined;
  /** The recorded statement that the message runs, for who cancels it. */
  readonly statementId?: string | undefined;
  /** What the message does decides what those behind it mean: they wait until it is answered. */
  readonly isDecisive?: boolean | undefined;
  onReply(event: ReplyEvent): void;
}
