import type { Command } from "commander";
import { example, group } from "../options.ts";
import { addListCommand } from "./audit/list.ts";
import { addTailCommand } from "./audit/tail.ts";

export function addAuditCommands(program: Command): void {
  const audit = group(program, "audit", "the audit log: list it, follow it");
  example(audit, "postern audit ls --since 1h", "postern audit tail");
  addListCommand(audit);
  addTailCommand(audit);
}
