import type { Client } from "@postern/client/client";
import type { DatabaseList } from "@postern/core/api/read";
import { Fault } from "@postern/core/fault";
import type { Command } from "commander";
import { certificateSource, type Target } from "../credential.ts";
import { ExitError, UsageError } from "../failure.ts";
import { example, withFormat, withServer } from "../options.ts";
import { formatTable, writeJson, writeLine } from "../output.ts";
import { runPsql } from "../psql.ts";
import { formatCsv, runQuery, toObjects } from "../query.ts";
import { type ServerOptions, userSession } from "../session.ts";
import { openTunnel, type Tunnel } from "../tunnel.ts";

export function addDatabaseCommands(program: Command): void {
  const db = program.command("db").description("databases: list, connect, query");

  const list = db
    .command("ls")
    .argument("[labels...]", "only those with these labels, such as env=dev")
    .option("-v, --verbose", "show endpoints and health as well")
    .option("--search <text>", "only those whose name, description or labels hold the text")
    .description("list the databases that your roles let you see")
    .action(listDatabases);
  example(withFormat(withServer(list)), "postern db ls env=dev");

  const connect = withTarget(db.command("connect"))
    .argument("[psql-arguments...]", "after --, for psql")
    .description("connect with psql")
    .action(connectDatabase);
  example(connect, "postern db connect --db-user=alice --db-name postgres aurora");

  const query = withTarget(db.command("query"))
    .argument("<sql>")
    .description("run a statement; needs no psql")
    .action(queryDatabase);
  withFormat(query, "table", "csv", "json");
  example(query, 'postern db query --db-user=alice --db-name=postgres aurora "select 1"');

  const token = withTarget(db.command("token"))
    .description("print a short-lived password, for clients that can't present a certificate")
    .action(printToken);
  example(withFormat(token), "PGPASSWORD=$(postern db token --db-user=alice aurora) psql …");
}

function withTarget(command: Command): Command {
  return withServer(command)
    .argument("<database>", "as `postern db ls` names it")
    .option("--db-user <name>", "the database user; the only one that you may use by default")
    .option("--db-name <name>", "the database name; the database user's by default");
}

type TargetOptions = ServerOptions & { dbUser?: string; dbName?: string };

async function listDatabases(
  labels: string[],
  options: ServerOptions & { search?: string; verbose?: boolean; format: string },
): Promise<void> {
  const { client } = await userSession(options);
  const wanted = labels.map(parseLabel);
  const { databases } = await client.call("listDatabases", {});
  const shown = databases.filter((each) => matches(each, wanted, options.search));
  if (options.format === "json") return writeJson(shown);
  const header = [
    "Name",
    "Description",
    "Allowed Users",
    "Labels",
    ...(options.verbose ? ["Endpoint", "Health"] : []),
    "Connect",
  ];
  writeLine(
    formatTable(
      header,
      shown.map((each) => databaseRow(each, options.verbose === true)),
    ),
  );
}

type ListedDatabase = DatabaseList["databases"][number];

function parseLabel(text: string): [string, string] {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined)
    throw new UsageError(`expected a label such as env=dev, not ${text}`);
  return [key, value];
}

function matches(database: ListedDatabase, wanted: readonly [string, string][], search = ""): boolean {
  const labels = Object.entries(database.labels).map(([key, value]) => `${key}=${value}`);
  const text = [database.name, database.description, ...labels].join("\n").toLowerCase();
  return (
    wanted.every(([key, value]) => database.labels[key] === value) && text.includes(search.toLowerCase())
  );
}

function databaseRow(database: ListedDatabase, verbose: boolean): string[] {
  const labels = Object.entries(database.labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort();
  const more = verbose ? [database.uri, database.health] : [];
  const connect = database.public_addr === null ? "(no live server)" : `postern db connect ${database.name}`;
  return [database.name, database.description, database.allowed_users, labels.join(","), ...more, connect];
}

/** Completes what was asked for: the only user that the roles allow, and the database named like the user. */
async function resolveTarget(client: Client, database: string, options: TargetOptions): Promise<Target> {
  const db_user = options.dbUser ?? (await onlyAllowedUser(client, database));
  return { database, db_user, db_name: options.dbName ?? db_user };
}

async function onlyAllowedUser(client: Client, database: string): Promise<string> {
  const { databases } = await client.call("listDatabases", {});
  const allowed = databases.find((each) => each.name === database)?.allowed_users ?? "";
  const [, only] = /^\[([^\s*\]]+)\]$/.exec(allowed) ?? [];
  if (only === undefined)
    throw new UsageError(`as which database user? use --db-user (allowed: ${allowed || "none"})`);
  return only;
}

async function withTunnel<T>(
  database: string,
  options: TargetOptions,
  use: (tunnel: Tunnel, target: Target) => Promise<T>,
): Promise<T> {
  const { client } = await userSession(options);
  const target = await resolveTarget(client, database, options);
  const source = certificateSource(client, target);
  await source.get(); // a refusal is said here, in its own words, before anything is opened
  const tunnel = await openTunnel(source);
  try {
    return await use(tunnel, target);
  } catch (error) {
    throw tunnel.lastError() ?? error;
  } finally {
    await tunnel.close();
  }
}

async function connectDatabase(database: string, args: string[], options: TargetOptions): Promise<void> {
  const code = await withTunnel(database, options, async (tunnel, target) => {
    const code = await runPsql(tunnel, target, args);
    const cause = tunnel.lastError();
    if (code !== 0 && cause) throw cause;
    return code;
  });
  if (code !== 0) throw new ExitError(1);
}

async function queryDatabase(
  database: string,
  sql: string,
  options: TargetOptions & { format: string },
): Promise<void> {
  const result = await withTunnel(database, options, (tunnel, target) => runQuery(tunnel, target, sql));
  if (options.format === "json") return writeJson(toObjects(result));
  if (options.format === "csv") return writeLine(formatCsv(result));
  if (result.columns.length === 0) return writeLine([result.command, result.count ?? ""].join(" ").trim());
  writeLine(
    formatTable(
      result.columns,
      result.rows.map((row) => row.map((value) => value ?? "")),
    ),
  );
  writeLine(`(${result.rows.length} ${result.rows.length === 1 ? "row" : "rows"})`);
}

async function printToken(database: string, options: TargetOptions & { format: string }): Promise<void> {
  const { client } = await userSession(options);
  const target = await resolveTarget(client, database, options);
  const answer = await client.call("createCredential", { body: { type: "token", ...target } });
  if (answer.type !== "token") throw new Fault("internal", "asked for a token and got none");
  if (options.format === "text") return writeLine(answer.token);
  const { token, expires_at, uses, public_addr } = answer;
  writeJson({ token, expires: expires_at, uses, proxy: public_addr, ...target });
}
