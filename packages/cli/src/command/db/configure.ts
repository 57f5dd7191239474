import type { Command } from "commander";
import { example, group } from "../../options.ts";
import { addCreateCommand } from "./configure/create.ts";
import { addPrintIamCommand } from "./configure/print-iam.ts";
import { addPrintSqlCommand } from "./configure/print-sql.ts";

export function addConfigureCommands(db: Command): void {
  const configure = group(db, "configure", "set up a database and its service");
  addPrintIamCommand(configure);
  addPrintSqlCommand(configure);
  addCreateCommand(configure);
  example(
    configure,
    "postern db configure create --token=./token --name=aurora --proxy=localhost:3080 --protocol=postgres --uri=HOST:5432 --aws-region=us-west-1",
  );
}
