/** One Execute: the begin of its statement, and what its reply adds to which event. */
import { parseCommandTag } from "@postern/wire/messages/backend/command-complete";
import type { Failure, ReplyEvent, ReplyListener } from "../relay/reply-event.ts";
import { errorOutcome } from "./error-outcome.ts";
import type { Journal, OpenStatement } from "./journal.ts";
import type { Portal } from "./portal.ts";

export class Execution implements ReplyListener {
  readonly subject: Portal;
  readonly #journal: Journal;
  readonly #maxRows: number;
  readonly #onCommand: (command: string) => void;
  /** Undefined where it goes on with what PortalSuspended left: no new statement begins. */
  readonly #begun: OpenStatement | undefined;

  constructor(journal: Journal, portal: Portal, maxRows: number, onCommand: (command: string) => void) {
    this.subject = portal;
    this.#journal = journal;
    this.#maxRows = maxRows;
    this.#onCommand = onCommand;
    const isContinued = portal.suspended !== undefined && portal.executing === 0;
    this.#begun = isContinued ? undefined : beginOf(journal, portal);
    portal.executing += 1;
  }

  get isDecisive(): boolean {
    return this.subject.statement.isDecisive;
  }

  get statementId(): string | undefined {
    return this.#begun?.id ?? this.subject.suspended?.open.id;
  }

  onReply(event: ReplyEvent): void {
    if (event.type === "ready") return;
    this.subject.executing -= 1;
    switch (event.type) {
      case "completed":
        return this.#completed(event.tag === undefined ? undefined : parseCommandTag(event.tag), event.bytes);
      case "empty":
        return this.#completed(undefined, event.bytes);
      case "suspended":
        return this.#suspended(event.bytes);
      case "failed":
        return this.#failed(event.failure, event.bytes);
      case "skipped":
        return this.#skipped(event.failure);
    }
  }

  #completed(tag: ReturnType<typeof parseCommandTag> | undefined, bytes: number): void {
    const { open, rows, bytes: bytesBefore } = this.#take();
    if (open === undefined) return;
    const isCounted = tag?.rows !== undefined;
    this.#journal.outcome(open, {
      success: true,
      ...(tag && { command: tag.command.slice(0, 64) }),
      ...(isCounted && { affected_records: rows + (tag.rows ?? 0) }),
      bytes: bytesBefore + bytes,
    });
    if (tag) this.#onCommand(tag.command);
  }

  #suspended(bytes: number): void {
    const { open, rows, bytes: bytesBefore } = this.#take();
    if (open === undefined) return;
    this.subject.suspended = { open, rows: rows + this.#maxRows, bytes: bytesBefore + bytes };
  }

  #failed(failure: Failure, bytes: number): void {
    failure.isRecorded = true;
    const { open, bytes: bytesBefore } = this.#take();
    if (open)
      this.#journal.outcome(open, {
        success: false,
        ...errorOutcome(failure.response),
        bytes: bytesBefore + bytes,
      });
  }

  /** What went wrong was this very statement's Parse, Bind or Describe: then it is its failure. */
  #skipped(failure: Failure): void {
    const { subject } = failure;
    const isOwn = subject !== undefined && (subject === this.subject || subject === this.subject.statement);
    if (isOwn && !failure.isRecorded) this.#failed(failure, 0);
    else if (this.#begun) this.#journal.skip(this.#begun);
  }

  /** The event that the reply adds to: the suspended run's, if there is one, and then a begin of our own was too much. */
  #take(): { open: OpenStatement | undefined; rows: number; bytes: number } {
    const { suspended } = this.subject;
    this.subject.suspended = undefined;
    if (suspended === undefined) return { open: this.#begun, rows: 0, bytes: 0 };
    if (this.#begun) this.#journal.skip(this.#begun);
    return suspended;
  }
}

function beginOf(journal: Journal, { statement, parameters }: Portal): OpenStatement {
  return journal.begin({ protocol: "extended", text: statement.text, parameters });
}
