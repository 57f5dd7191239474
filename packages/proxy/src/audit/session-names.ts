import { ProtocolError } from "@postern/wire/errors";
import { Names } from "./names.ts";
import { type Portal, type PreparedStatement, sizeOfPortal, sizeOfStatement } from "./portal.ts";

/**
 * Characters of texts and values that a session may make us remember: PostgreSQL takes many times as much for the same,
 * but that is its own session's memory, and ours is everybody's.
 */
const mostRemembered = 64 * 1024 * 1024;

/** What a session's names mean, and what SQL commands do to them behind the protocol's back. */
export class SessionNames {
  readonly statements = new Names<PreparedStatement>(() => undefined, sizeOfStatement);
  readonly portals: Names<Portal>;
  /** Counts the runs of messages up to a Sync, a Query or a FunctionCall. */
  run = 0;

  constructor(onPortalClosed: (portal: Portal) => void) {
    this.portals = new Names(onPortalClosed, sizeOfPortal);
  }

  /** @throws ProtocolError when prepared statements and portals are too much to be remembered */
  assertRoom(): void {
    if (this.statements.size + this.portals.size <= mostRemembered) return;
    throw new ProtocolError(
      "message.too_long",
      "prepared statements and portals of more than 64 MB are open: close those that are done with",
    );
  }

  /** By a command's tag: statements and cursors of SQL share their names with those of the protocol. */
  commandCompleted(command: string): void {
    switch (command) {
      case "DEALLOCATE":
        return this.statements.doubt();
      case "PREPARE":
        return this.statements.replaceDoubtful();
      case "DEALLOCATE ALL":
        return this.statements.clear((name) => name === "");
      case "DISCARD ALL":
        this.portals.clear();
        return this.statements.clear((name) => name === "");
      // The end of a transaction closes its cursors, also where another begins at once or a savepoint is gone back to.
      case "COMMIT":
      case "ROLLBACK":
      case "CLOSE CURSOR":
      case "CLOSE CURSOR ALL":
        return this.portals.doubt();
      case "DECLARE CURSOR":
        return this.portals.replaceDoubtful();
      default:
        return undefined;
    }
  }
}
