/**
 * Records every statement that a session runs: its begin before it leaves, its outcome when the server has answered.
 * What an Execute runs is found by portal and statement, as the server does, never by what came last.
 */

import { recordLimits } from "@postern/core/audit/record";
import type { TransactionStatus } from "@postern/wire/messages/backend/ready-for-query";
import type { FrontendMessage } from "@postern/wire/messages/frontend";
import type { Bind } from "@postern/wire/messages/frontend/bind";
import type { Target } from "@postern/wire/messages/frontend/describe-close";
import type { Execute } from "@postern/wire/messages/frontend/execute";
import type { FunctionCall } from "@postern/wire/messages/frontend/function-call";
import type { Parse } from "@postern/wire/messages/frontend/parse";
import type { Query } from "@postern/wire/messages/frontend/query";
import { type Disposition, forward, hold, type Inspector } from "../inspect/disposition.ts";
import type { ReplyListener } from "../relay/reply-event.ts";
import { cutText } from "./cut.ts";
import { Execution } from "./execution.ts";
import { beginFunctionCall, functionCallListener } from "./function-call.ts";
import type { Journal } from "./journal.ts";
import type { OwnTexts } from "./own-texts.ts";
import { type Portal, portal, portalOfSql, preparedStatement, statementOfSql } from "./portal.ts";
import { bindListener, closeListener, describeListener, parseListener } from "./preparation.ts";
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
  readonly #journal: Journal;
  readonly #options: AuditInspectorOptions;
  readonly #names: SessionNames;
  readonly #onCommand: (command: string) => void;
  readonly #onSync: ReplyListener;

  constructor(options: AuditInspectorOptions) {
    this.#options = options;
    this.#journal = options.journal;
    this.#names = new SessionNames((closed) => this.#finishSuspended(closed));
    this.#onCommand = (command) => this.#names.commandCompleted(command);
    this.#onSync = { onReply: (event) => event.type === "ready" && this.#ready(event.status) };
  }

  inspect(message: FrontendMessage): Disposition {
    if (message.type === "Sync") return this.#sync();
    if (this.#options.isSkipping()) return forward;
    switch (message.type) {
      case "Query":
        return this.#query(message);
      case "Parse":
        return this.#parse(message);
      case "Bind":
        return this.#bind(message);
      case "Execute":
        return this.#execute(message);
      case "Describe":
        return this.#describe(message);
      case "Close":
        return this.#close(message);
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
    return { type: "forward", listener: this.#onSync };
  }

  #query({ query }: Query): Disposition {
    this.#names.run += 1;
    this.#names.stageQuery();
    const open = this.#journal.begin({
      protocol: "simple",
      text: cutText(query.bytes, recordLimits.statementBytes),
    });
    if (this.#options.isPlainSql()) this.#options.ownTexts.add(open.id, query.bytes);
    const onReady = (statements: number): void => this.#options.ownTexts.finish(open.id, statements);
    const execution = new QueryExecution({
      journal: this.#journal,
      open,
      onCommand: this.#onCommand,
      onReady,
    });
    return { type: "forward", listener: this.#withReady(execution) };
  }

  #functionCall(call: FunctionCall): Disposition {
    this.#names.run += 1;
    const listener = functionCallListener(this.#journal, beginFunctionCall(this.#journal, call));
    return { type: "forward", listener: this.#withReady(listener) };
  }

  #parse(message: Parse): Disposition {
    const statement = preparedStatement(message);
    const staged = this.#names.statements.stage(message.statement.key, statement, this.#names.run);
    return { type: "forward", listener: parseListener(this.#journal, statement, staged) };
  }

  #bind(message: Bind): Disposition {
    const resolved = this.#names.statements.resolve(message.statement.key, this.#names.run);
    if (resolved.type === "uncertain") return hold;
    const statement = resolved.type === "known" ? resolved.value : statementOfSql(message.statement);
    const bound = portal(statement, message);
    const staged = this.#names.portals.stage(message.portal.key, bound, this.#names.run);
    return { type: "forward", listener: bindListener(this.#journal, bound, staged) };
  }

  #execute({ portal: name, maxRows }: Execute): Disposition {
    const resolved = this.#names.portals.resolve(name.key, this.#names.run);
    if (resolved.type === "uncertain") return hold;
    const found = resolved.type === "known" ? resolved.value : portalOfSql(name, maxRows);
    return { type: "forward", listener: new Execution(this.#journal, found, maxRows, this.#onCommand) };
  }

  #describe({ target, name }: Target): Disposition {
    const names = target === "portal" ? this.#names.portals : this.#names.statements;
    const resolved = names.resolve(name.key, this.#names.run);
    return resolved.type === "known"
      ? { type: "forward", listener: describeListener(resolved.value) }
      : forward;
  }

  #close({ target, name }: Target): Disposition {
    const names = target === "portal" ? this.#names.portals : this.#names.statements;
    return { type: "forward", listener: closeListener(names.stage(name.key, undefined, this.#names.run)) };
  }

  #ready(status: TransactionStatus): void {
    if (status === "idle") this.#names.portals.clear();
  }

  #withReady(listener: ReplyListener): ReplyListener {
    return {
      statementId: listener.statementId,
      onReply: (event) => {
        listener.onReply(event);
        if (event.type === "ready") this.#ready(event.status);
      },
    };
  }

  #finishSuspended(closed: Portal): void {
    if (closed.suspended === undefined) return;
    const { open, rows, bytes } = closed.suspended;
    closed.suspended = undefined;
    this.#journal.outcome(open, { success: true, affected_records: rows, bytes });
  }
}
