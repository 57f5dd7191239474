import type { Command } from "commander";
import { example, group } from "../options.ts";
import { addConfigCommand } from "./db/config.ts";
import { addConfigureCommands } from "./db/configure.ts";
import { addConnectCommand } from "./db/connect.ts";
import { addEnvironmentCommand } from "./db/env.ts";
import { addListCommand } from "./db/list.ts";
import { addDatabaseLoginCommand } from "./db/login.ts";
import { addDatabaseLogoutCommand } from "./db/logout.ts";
import { addProxyCommand } from "./db/proxy.ts";
import { addQueryCommand } from "./db/query.ts";
import { addTokenCommand } from "./db/token.ts";

export function addDatabaseCommands(program: Command): void {
  const db = group(program, "db", "databases: list, connect, query, and what other programs need");
  addListCommand(db);
  addConnectCommand(db);
  addQueryCommand(db);
  addDatabaseLoginCommand(db);
  addDatabaseLogoutCommand(db);
  addConfigCommand(db);
  addEnvironmentCommand(db);
  addProxyCommand(db);
  addTokenCommand(db);
  addConfigureCommands(db);
  example(db, "postern db ls", "postern db connect --db-user=alice --db-name postgres aurora");
}
