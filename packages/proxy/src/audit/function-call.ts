/** A call by OID: one begin, one outcome. */
import type { TransactionStatus } from "@postern/wire/messages/backend/ready-for-query";
import type { FunctionCall } from "../inspect/client-message.ts";
import type { ReplyEvent, ReplyListener } from "../relay/reply-event.ts";
import { errorOutcome } from "./error-outcome.ts";
import type { Journal, OpenStatement } from "./journal.ts";
import { parametersOf } from "./parameters.ts";

export function beginFunctionCall(journal: Journal, { functionOid, values }: FunctionCall): OpenStatement {
  const parameters = parametersOf(values, []);
  return journal.begin({ protocol: "function", text: { text: "" }, parameters, functionOid });
}

export function functionCallListener(
  journal: Journal,
  open: OpenStatement,
  onReady: (status: TransactionStatus) => void,
): ReplyListener {
  return {
    statementId: open.id,
    onReply(event: ReplyEvent): void {
      if (event.type === "completed") journal.outcome(open, { success: true, bytes: event.bytes });
      if (event.type === "skipped") journal.skip(open);
      if (event.type === "ready") onReady(event.status);
      if (event.type !== "failed") return;
      journal.outcome(open, { success: false, ...errorOutcome(event.failure.response), bytes: event.bytes });
    },
  };
}
