/** What comes before an Execute: it gives no event of its own, unless it fails and no Execute behind it bears the failure. */
import type { ReplyEvent, ReplyListener } from "../relay/reply-event.ts";
import { errorOutcome } from "./error-outcome.ts";
import type { Journal } from "./journal.ts";
import type { Staged } from "./names.ts";
import type { Portal, PreparedStatement } from "./portal.ts";

export function parseListener(journal: Journal, statement: PreparedStatement, staged: Staged): ReplyListener {
  return listener(statement, staged, (event) => recordFailure(journal, { statement, parameters: [] }, event));
}

export function bindListener(journal: Journal, bound: Portal, staged: Staged): ReplyListener {
  return listener(bound, staged, (event) => recordFailure(journal, bound, event));
}

export function closeListener(staged: Staged): ReplyListener {
  return listener(undefined, staged, () => undefined);
}

/** An Execute of what can't be described bears the failure. */
export function describeListener(subject: object): ReplyListener {
  return { subject, onReply: () => undefined };
}

type Failed = Extract<ReplyEvent, { type: "failed" }>;

function listener(
  subject: object | undefined,
  staged: Staged,
  onFailed: (event: Failed) => void,
): ReplyListener {
  return {
    subject,
    onReply(event: ReplyEvent): void {
      if (event.type === "completed") staged.confirm();
      else staged.retract();
      if (event.type === "failed") onFailed(event);
    },
  };
}

/** The statement never came to run; that it was tried is told all the same. */
function recordFailure(
  journal: Journal,
  { statement, parameters }: Pick<Portal, "statement" | "parameters">,
  { failure, bytes }: Failed,
): void {
  if (failure.isRecorded) return;
  failure.isRecorded = true;
  const open = journal.begin({ protocol: "extended", text: statement.text, parameters });
  journal.outcome(open, { success: false, ...errorOutcome(failure.response), bytes });
}
