import type { Command } from "commander";
import { example, withFormat } from "../../options.ts";
import { distinctNames, formatCsv, formatJson } from "../../output/result.ts";
import { note, writeData, writeLine, writeTable } from "../../output/write.ts";
import { type QueryResult, runQuery } from "../../query.ts";
import { endOn } from "../../signals.ts";
import { withTunnel } from "../../tunnel.ts";
import { reachTarget, type TargetOptions, withTarget } from "./target.ts";

export function addQueryCommand(db: Command): void {
  const query = withTarget(db.command("query"))
    .argument("<sql>")
    .description("run a statement; needs no psql")
    .action(queryDatabase);
  withFormat(query, "table", "csv", "json");
  example(query, 'postern db query --db-user=alice --db-name=postgres aurora "select 1"');
}

async function queryDatabase(
  database: string,
  sql: string,
  options: TargetOptions & { format: string },
): Promise<void> {
  const { target, remote } = await reachTarget(database, options);
  const results = await endOn(["SIGINT", "SIGTERM", "SIGHUP"], (ending) =>
    withTunnel(remote, (tunnel) => runQuery(tunnel, target, sql, ending)),
  );
  if (results.length > 1) note(`only the last of ${results.length} results is shown`);
  const last = results.at(-1);
  if (last) show(last, options.format);
}

function show(result: QueryResult, format: string): void {
  if (result.tag.startsWith("COPY")) note("data of COPY isn't shown; `postern db connect` shows it");
  if (format === "json") showJson(result);
  else if (result.columns.length === 0) showTag(result.tag, format);
  else if (format === "csv") writeData(formatCsv(result));
  else showTable(result);
}

/** In CSV it would be a row. */
function showTag(tag: string, format: string): void {
  if (format === "csv") note(tag);
  else if (tag !== "") writeLine(tag);
}

function showJson(result: QueryResult): void {
  const names = result.columns.map(({ name }) => name);
  if (new Set(names).size < names.length)
    note(`several columns have the same name; here they are called ${distinctNames(names).join(", ")}`);
  writeLine(formatJson(result));
}

function showTable({ columns, rows }: QueryResult): void {
  const header = columns.map(({ name }) => name);
  writeTable({ header, rows: rows.map((row) => row.map((value) => value ?? "")), flexible: header });
  writeLine(`(${rows.length} ${rows.length === 1 ? "row" : "rows"})`);
}
