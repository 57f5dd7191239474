import { type Command, Option } from "commander";
import { UsageError } from "../../failure.ts";
import { readText } from "../../input/text.ts";
import { example, withFormat } from "../../options.ts";
import { createPrinter, type ResultFormat } from "../../output/result/printer.ts";
import { Sink } from "../../output/sink.ts";
import { note } from "../../output/write.ts";
import { endOn } from "../../signals.ts";
import { countStatements } from "../../sql/scanner.ts";
import { reachTarget, type TargetOptions, withTarget } from "./target.ts";

type QueryOptions = TargetOptions & { file?: string; param?: string[]; format: ResultFormat };

export function addQueryCommand(db: Command): void {
  const query = withTarget(db.command("query"))
    .argument("[sql]", "one statement or several; - reads them from standard input")
    .option("-f, --file <file>", "read the statements from a file; - is standard input")
    .addOption(
      new Option(
        "-p, --param <value>",
        "the value of $1, and again for $2 and so on; the server types them",
      ).argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]),
    )
    .description("run statements; needs no psql")
    .action(queryDatabase);
  withFormat(query, "table", "csv", "json");
  query.addHelpText("after", `\n${exitCodes}`);
  example(
    query,
    'postern db query --db-user=alice --db-name=postgres aurora "select 1"',
    'postern db query --db-user=alice -p alice@example.com aurora "select * from people where email = $1"',
    "postern db query --db-user=alice --format=csv aurora - < report.sql > report.csv",
  );
}

const exitCodes = `Exit codes:
  0  done                              5  cancelled (57014)
  1  refused, or failed otherwise      6  try again: deadlock, serialization, lock (40, 55P03)
  2  wrong usage                       7  a constraint doesn't hold (23)
  3  no connection, or it broke (08)   8  syntax, unknown name, no privilege (42)
  4  not allowed to connect (28)`;

async function queryDatabase(
  database: string,
  sql: string | undefined,
  options: QueryOptions,
): Promise<void> {
  const text = await readSql(sql, options.file);
  const count = countStatements(text);
  if (options.param && count > 1) throw new UsageError("--param: only a single statement takes values");
  const { target, source } = await reachTarget(database, options);
  const printer = createPrinter(options.format, new Sink(), count);
  const results = { ...printer, copyIn: () => copyInput(sql, options.file) };
  const { runAlone } = await import("../../sql/run-alone.ts"); // few commands speak PostgreSQL's protocol
  const statement = { text, ...(options.param && { parameters: options.param }) };
  await endOn(["SIGINT", "SIGTERM", "SIGHUP"], (ending) =>
    runAlone(source, target, statement, results, ending),
  );
  await printer.end();
  if (options.format === "json" && /^\s*copy\b/i.test(text))
    note("data of COPY isn't JSON: use --format=csv to see it");
}

/** As much as PostgreSQL's proxy takes in one statement is more than people write. */
const maxSqlBytes = 64 * 1024 * 1024;

async function readSql(sql: string | undefined, file: string | undefined): Promise<string> {
  if (sql !== undefined && file !== undefined) throw new UsageError("either SQL or --file, not both");
  if (sql === undefined && file === undefined)
    throw new UsageError("which statement? write it, or use --file=FILE, or -");
  if (file !== undefined || sql === "-") return await readText(file ?? "-", maxSqlBytes);
  return sql ?? "";
}

/** COPY … FROM STDIN reads ours, unless the statement came from there, or nobody sends any. */
function copyInput(sql: string | undefined, file: string | undefined): AsyncIterable<Uint8Array> | string {
  if (sql === "-" || file === "-") return "standard input held the statement; use --file for it";
  if (process.stdin.isTTY) return "there is no data: pipe it to standard input";
  return process.stdin;
}
