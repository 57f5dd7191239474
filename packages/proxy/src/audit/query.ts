/** A simple query: one begin, and an outcome for each statement of it that the server answers. */
import { parseCommandTag } from "@postern/wire/messages/backend/command-complete";
import type { TransactionStatus } from "@postern/wire/messages/backend/ready-for-query";
import type { ReplyEvent, ReplyListener } from "../relay/reply-event.ts";
import { errorOutcome } from "./error-outcome.ts";
import type { Journal, OpenStatement } from "./journal.ts";

export interface QueryOptions {
  readonly journal: Journal;
  readonly open: OpenStatement;
  readonly isDecisive: boolean;
  readonly onCommand: (command: string) => void;
  /** With the number of statements that were answered. */
  readonly onReady: (statements: number, status: TransactionStatus) => void;
}

export class QueryExecution implements ReplyListener {
  readonly #options: QueryOptions;

  constructor(options: QueryOptions) {
    this.#options = options;
  }

  get isDecisive(): boolean {
    return this.#options.isDecisive;
  }

  get statementId(): string {
    return this.#options.open.id;
  }

  onReply(event: ReplyEvent): void {
    const { journal, open, onReady } = this.#options;
    switch (event.type) {
      case "completed":
        return this.#completed(event);
      case "empty":
        return journal.outcome(open, { success: true, bytes: event.bytes });
      case "failed":
        return journal.outcome(open, {
          success: false,
          ...errorOutcome(event.failure.response),
          bytes: event.bytes,
        });
      case "skipped":
        return journal.skip(open);
      case "ready":
        return onReady(open.outcomes, event.status);
      case "suspended":
        return undefined;
    }
  }

  #completed({ tag, bytes }: Extract<ReplyEvent, { type: "completed" }>): void {
    if (tag === undefined) return;
    const { journal, open, onCommand } = this.#options;
    const { command, rows } = parseCommandTag(tag);
    journal.outcome(open, {
      success: true,
      command: command.slice(0, 64),
      ...(rows !== undefined && { affected_records: rows }),
      bytes,
    });
    onCommand(command);
  }
}
