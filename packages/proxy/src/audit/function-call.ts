/** A call by OID: one begin, one outcome. */
import type { FunctionCall } from "@postern/wire/messages/frontend/function-call";
import type { ReplyEvent, ReplyListener } from "../relay/reply-event.ts";
import { errorOutcome, type Journal, type OpenStatement } from "./journal.ts";
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

export function functionCallListener(journal: Journal, open: OpenStatement): ReplyListener {
  return {
    statementId: open.id,
    onReply(event: ReplyEvent): void {
      if (event.type === "completed") journal.outcome(open, { success: true, bytes: event.bytes });
      else if (event.type === "skipped") journal.skip(open);
      else if (event.type === "failed") {
        journal.outcome(open, {
          success: false,
          ...errorOutcome(event.failure.response),
          bytes: event.bytes,
        });
      }
    },
  };
}
