/** A call by OID: one begin, one outcome. */
import type { TransactionStatus } from "@postern/wire/messages/backend/ready-for-query";
import type { FunctionCall } from "@postern/wire/messages/frontend/function-call";
import type { ReplyEvent, ReplyListener } from "../relay/reply-event.ts";
import { errorOutcome } from "./error-outcome.ts";
import type { Journal, OpenStatement } from "./journal.ts";
import { recordParameters } from "./parameters.ts";

export function beginFunctionCall(journal: Journal, call: FunctionCall): OpenStatement {
  const parameters = recordParameters({ formats: call.argumentFormats, values: call.arguments, types: [] });
  return journal.begin({
    protocol: "function",
    text: { text: "" },
    parameters,
    functionOid: call.functionOid,
  });
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
