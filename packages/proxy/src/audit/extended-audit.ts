/**
 * The extended query protocol: what an Execute runs is found by portal and statement, as the server does, and never by
 * what came last. A name that may mean one or the other makes its message wait for the server's answer.
 */
import type { Target } from "@postern/wire/messages/frontend/describe-close";
import type { Execute } from "@postern/wire/messages/frontend/execute";
import type { Bind, Parse } from "../inspect/client-message.ts";
import { type Disposition, forward, hold } from "../inspect/disposition.ts";
import { Execution } from "./execution.ts";
import type { Journal } from "./journal.ts";
import { nameKey } from "./name-key.ts";
import type { Names, Resolved } from "./names.ts";
import { type Portal, type PreparedStatement, portal, portalOfSql, statementOfSql } from "./portal.ts";
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

  parse({ statement: name, text: { text, cut, isDecisive }, parameterTypes: types }: Parse): Disposition {
    const statement: PreparedStatement = { text: { text, ...(cut && { cut }) }, isDecisive, types };
    const staged = this.#names.statements.stage(nameKey(name), statement, this.#names.run);
    this.#names.assertRoom();
    return { type: "forward", listener: parseListener(this.#journal, statement, staged) };
  }

  bind(message: Bind): Disposition {
    const resolved = this.#names.statements.resolve(nameKey(message.statement), this.#names.run);
    if (resolved.type === "uncertain") return hold;
    const statement = certain(resolved, (replaced) => statementOfSql(message.statement, replaced));
    const bound = portal(statement, message.values);
    const staged = this.#names.portals.stage(nameKey(message.portal), bound, this.#names.run);
    this.#names.assertRoom();
    return { type: "forward", listener: bindListener(this.#journal, bound, staged) };
  }

  execute({ portal: name, maxRows }: Execute): Disposition {
    const resolved = this.#names.portals.resolve(nameKey(name), this.#names.run);
    if (resolved.type === "uncertain") return hold;
    const found = certain(resolved, (replaced) => portalOfSql(name, maxRows, replaced));
    return { type: "forward", listener: new Execution(this.#journal, found, maxRows, this.#onCommand) };
  }

  describe(target: Target): Disposition {
    const resolved = this.#namesOf(target).resolve(nameKey(target.name), this.#names.run);
    return resolved.type === "known"
      ? { type: "forward", listener: describeListener(resolved.value) }
      : forward;
  }

  close(target: Target): Disposition {
    const staged = this.#namesOf(target).stage(nameKey(target.name), undefined, this.#names.run);
    return { type: "forward", listener: closeListener(staged) };
  }

  #namesOf({ target }: Target): Names<Portal> | Names<PreparedStatement> {
    return target === "portal" ? this.#names.portals : this.#names.statements;
  }
}

/** What the name means, where that is sure; else what SQL may have made of it. */
function certain<T>(
  resolved: Exclude<Resolved<T>, { type: "uncertain" }>,
  ofSql: (replaced: T | undefined) => T,
): T {
  if (resolved.type === "unknown") return ofSql(undefined);
  return resolved.isReplaced ? ofSql(resolved.value) : resolved.value;
}
