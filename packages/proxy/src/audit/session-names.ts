import { Names } from "./names.ts";
import type { Portal, PreparedStatement } from "./portal.ts";

/** What a session's names mean, and what SQL commands do to them behind the protocol's back. */
export class SessionNames {
  readonly statements = new Names<PreparedStatement>(() => undefined);
  readonly portals: Names<Portal>;
  /** Counts the runs of messages up to a Sync, a Query or a FunctionCall. */
  run = 0;

  constructor(onPortalClosed: (portal: Portal) => void) {
    this.portals = new Names(onPortalClosed);
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
