/** Records every statement that a session runs: its begin before it leaves, its outcome when the server has answered. */
import type { TransactionStatus } from "@postern/wire/messages/backend/ready-for-query";
import type { ClientMessage, FunctionCall, Query } from "../inspect/client-message.ts";
import { type Admission, type Disposition, forward, type Inspector } from "../inspect/disposition.ts";
import type { ReplyEvent, ReplyListener } from "../relay/reply-event.ts";
import { errorOutcome } from "./error-outcome.ts";
import { ExtendedAudit } from "./extended-audit.ts";
import { beginFunctionCall, functionCallListener } from "./function-call.ts";
import type { Journal } from "./journal.ts";
import type { OwnTexts } from "./own-texts.ts";
import type { Portal } from "./portal.ts";
import { QueryExecution } from "./query.ts";
import { SessionNames } from "./session-names.ts";

export interface AuditInspectorOptions {
  readonly journal: Journal;
  readonly ownTexts: OwnTexts;
  /** True while the server drops what it gets, up to the next Sync. */
  readonly isSkipping: () => boolean;
  /** True while the server reads SQL by the settings that our parser takes for granted. */
  readonly isPlainSql: () => boolean;
}

export class AuditInspector implements Inspector {
  readonly #options: AuditInspectorOptions;
  readonly #names: SessionNames;
  readonly #extended: ExtendedAudit;
  readonly #onSync: ReplyListener;
  readonly #onCommit: ReplyListener;
  /** Since the last Sync: it may commit what that did. */
  #hasExecuted = false;

  constructor(options: AuditInspectorOptions) {
    this.#options = options;
    this.#names = new SessionNames((closed) => this.#finishSuspended(closed));
    this.#extended = new ExtendedAudit(options.journal, this.#names);
    this.#onSync = { onReply: (event) => this.#synced(event) };
    this.#onCommit = { onReply: (event) => this.#committed(event) };
  }

  /** It is recorded when all but its last byte has left: before that the server does nothing. */
  admit(): Admission {
    return "pass";
  }

  inspect(message: ClientMessage): Disposition {
    if (message.type === "Sync") return this.#sync();
    if (this.#options.isSkipping()) return forward;
    switch (message.type) {
      case "Query":
        return this.#query(message);
      case "Parse":
        return this.#extended.parse(message);
      case "Bind":
        return this.#extended.bind(message);
      case "Execute":
        this.#hasExecuted = true;
        return this.#extended.execute(message);
      case "Describe":
        return this.#extended.describe(message);
      case "Close":
        return this.#extended.close(message);
      case "FunctionCall":
        return this.#functionCall(message);
      default:
        return forward;
    }
  }

  /** The session is over: what a suspended portal gave is all that it will have given. */
  finish(): void {
    this.#names.portals.clear();
  }

  #sync(): Disposition {
    this.#names.run += 1;
    const listener = this.#hasExecuted ? this.#onCommit : this.#onSync;
    this.#hasExecuted = false;
    return { type: "forward", listener };
  }

  #synced(event: ReplyEvent): void {
    if (event.type === "ready") this.#ready(event.status);
  }

  #committed(event: ReplyEvent): void {
    this.#synced(event);
    if (event.type === "failed") this.#commitFailed(event);
  }

  /**
   * Sync commits what ran outside a transaction block: a deferred constraint fails here, after its statement had been
   * reported as done. PostgreSQL logs the error without a statement; here it is told as what it is.
   */
  #commitFailed({ failure, bytes }: Extract<ReplyEvent, { type: "failed" }>): void {
    const { journal } = this.#options;
    const open = journal.begin({ protocol: "extended", text: { text: "COMMIT /* by Sync */" } });
    journal.outcome(open, { success: false, ...errorOutcome(failure.response), bytes });
  }

  #query({ text }: Query): Disposition {
    this.#names.run += 1;
    const { journal, ownTexts, isPlainSql } = this.#options;
    const open = journal.begin({ protocol: "simple", text });
    if (text.whole && isPlainSql()) ownTexts.add(open.id, text.whole);
    const execution = new QueryExecution({
      journal,
      open,
      isDecisive: text.isDecisive,
      onCommand: (command) => this.#names.commandCompleted(command),
      onReady: (statements, status) => {
        ownTexts.finish(open.id, statements);
        this.#ready(status);
      },
    });
    return { type: "forward", listener: execution };
  }

  #functionCall(call: FunctionCall): Disposition {
    this.#names.run += 1;
    const { journal } = this.#options;
    const onReady = (status: TransactionStatus): void => this.#ready(status);
    return {
      type: "forward",
      listener: functionCallListener(journal, beginFunctionCall(journal, call), onReady),
    };
  }

  /** Portals live as long as their transaction. */
  #ready(status: TransactionStatus): void {
    if (status === "idle") this.#names.portals.clear();
  }

  #finishSuspended(closed: Portal): void {
    if (closed.suspended === undefined) return;
    const { open, rows, bytes } = closed.suspended;
    closed.suspended = undefined;
    this.#options.journal.outcome(open, { success: true, affected_records: rows, bytes });
  }
}
