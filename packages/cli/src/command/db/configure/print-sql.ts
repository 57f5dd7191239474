/** Prints the SQL that lets database users log in by IAM: GUIDE, "Step 1". stdout is the SQL and nothing else. */
import { CatalogName } from "@postern/core/resource/name";
import { type Command, InvalidArgumentError } from "commander";
import { example, parseBy, withFormat } from "../../../options.ts";
import { note, writeData, writeJson } from "../../../output/write.ts";
import { quoteIdentifier } from "../../../sql/identifier.ts";

export function addPrintSqlCommand(configure: Command): void {
  const print = configure
    .command("print-sql")
    .description("print the SQL that makes database users who log in by IAM")
    .requiredOption("--db-user <user>", "the database user; may be given several times", addDbUser)
    .action(printSql);
  example(
    withFormat(print),
    "postern db configure print-sql --db-user alice | psql -h CLUSTER-ENDPOINT -U postgres",
  );
}

function printSql({ dbUser, format }: { dbUser: readonly string[]; format: string }): void {
  const lines = dbUser.map(quoteIdentifier).map((user) => `CREATE USER ${user}; GRANT rds_iam TO ${user};`);
  if (format === "json") writeJson({ db_users: dbUser, sql: lines.join("\n") });
  else writeData(lines.join("\n"));
  note("Run it on the cluster's writer as its master user; where the user exists, the GRANT alone.");
  note("From then on IAM is the only way in for that user: a password no longer works.");
}

function addDbUser(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, parseDbUser(text)];
}

/** PostgreSQL takes neither for a role's name, quoted or not. */
function parseDbUser(text: string): string {
  const name = parseBy(CatalogName)(text);
  if (name === "public" || name === "none" || name.startsWith("pg_"))
    throw new InvalidArgumentError("PostgreSQL keeps this name for itself.");
  return name;
}
