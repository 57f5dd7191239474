import type { Command } from "commander";
import { addConnectCommand } from "./db/connect.ts";
import { addListCommand } from "./db/list.ts";
import { addQueryCommand } from "./db/query.ts";
import { addTokenCommand } from "./db/token.ts";

export function addDatabaseCommands(program: Command): void {
  const db = program.command("db").description("databases: list, connect, query");
  addListCommand(db);
  addConnectCommand(db);
  addQueryCommand(db);
  addTokenCommand(db);
}
