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

  /** A Query drops the unnamed statement and the unnamed portal (manual, "Extended Query"). */
  stageQuery(): void {
    for (const names of [this.statements, this.portals]) {
      if (names.resolve("", this.run).type !== "unknown") names.stage("", undefined, this.run).confirm();
    }
  }

  /** By a command's tag: statements and cursors of SQL share their names with those of the protocol. */
  commandCompleted(command: string): void {
    switch (command) {
      case "DEALLOCATE":
        return this.statements.doubt();
      case "PREPARE":
        return this.statements.dropDoubtful();
      case "DEALLOCATE ALL":
        return this.statements.clear((name) => name === "");
      case "DISCARD ALL":
        this.portals.clear();
        return this.statements.clear((name) => name === "");
      case "CLOSE CURSOR":
      case "CLOSE CURSOR ALL":
        return this.portals.doubt();
      case "DECLARE CURSOR":
        return this.portals.dropDoubtful();
      default:
        return undefined;
    }
  }
}
