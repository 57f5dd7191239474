/**
 * The extended query protocol: what an Execute runs is found by portal and statement, as the server does, and never by
 * what came last. A name that may mean one or the other makes its message wait for the server's answer.
 */
import type { Bind } from "@postern/wire/messages/frontend/bind";
import type { Target } from "@postern/wire/messages/frontend/describe-close";
import type { Execute } from "@postern/wire/messages/frontend/execute";
import type { Parse } from "@postern/wire/messages/frontend/parse";
import { type Disposition, forward, hold } from "../inspect/disposition.ts";
import { Execution } from "./execution.ts";
import type { Journal } from "./journal.ts";
import type { Names } from "./names.ts";
import {
  type Portal,
  type PreparedStatement,
  portal,
  portalOfSql,
  preparedStatement,
  statementOfSql,
} from "./portal.ts";
import { bindListener, closeListener, describeListener, parseListener } from "./preparation.ts";
import type { SessionNames } from "./session-names.ts";

export class ExtendedAudit {
  readonly #journal: Journal;
  readonly #names: SessionNames;
  readonly #onCommand: (command: string) => void;

  constructor(journal: Journal, names: SessionNames) {
    this.#journal = journal;
    this.#names = names;
    this.#onCommand = (command) => names.commandCompleted(command);
  }

  parse(message: Parse): Disposition {
    const statement = preparedStatement(message);
    const staged = this.#names.statements.stage(message.statement.key, statement, this.#names.run);
    return { type: "forward", listener: parseListener(this.#journal, statement, staged) };
  }

  bind(message: Bind): Disposition {
    const resolved = this.#names.statements.resolve(message.statement.key, this.#names.run);
    if (resolved.type === "uncertain") return hold;
    const statement = resolved.type === "known" ? resolved.value : statementOfSql(message.statement);
    const bound = portal(statement, message);
    const staged = this.#names.portals.stage(message.portal.key, bound, this.#names.run);
    return { type: "forward", listener: bindListener(this.#journal, bound, staged) };
  }

  execute({ portal: name, maxRows }: Execute): Disposition {
    const resolved = this.#names.portals.resolve(name.key, this.#names.run);
    if (resolved.type === "uncertain") return hold;
    const found = resolved.type === "known" ? resolved.value : portalOfSql(name, maxRows);
    return { type: "forward", listener: new Execution(this.#journal, found, maxRows, this.#onCommand) };
  }

  describe(target: Target): Disposition {
    const resolved = this.#namesOf(target).resolve(target.name.key, this.#names.run);
    return resolved.type === "known"
      ? { type: "forward", listener: describeListener(resolved.value) }
      : forward;
  }

  close(target: Target): Disposition {
    const staged = this.#namesOf(target).stage(target.name.key, undefined, this.#names.run);
    return { type: "forward", listener: closeListener(staged) };
  }

  #namesOf({ target }: Target): Names<Portal> | Names<PreparedStatement> {
    return target === "portal" ? this.#names.portals : this.#names.statements;
  }
}
