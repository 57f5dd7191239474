import type { Command } from "commander";
import { exportLines, libpqVariables } from "../../credential/environment.ts";
import { example, withFormat } from "../../options.ts";
import { writeData, writeJson } from "../../output/write.ts";
import type { ServerOptions } from "../../session.ts";
import { requireSaved, withSaved } from "./saved.ts";

export function addEnvironmentCommand(db: Command): void {
  const env = withSaved(db.command("env"))
    .description("print the variables by which libpq connects with the files of `postern db login`")
    .action(printEnvironment);
  example(withFormat(env), 'eval "$(postern db env aurora)" && psql');
}

async function printEnvironment(
  database: string | undefined,
  options: ServerOptions & { format: string },
): Promise<void> {
  const variables = libpqVariables(requireSaved(database, options));
  if (options.format === "json") writeJson(variables);
  else writeData(exportLines(variables).join("\n"));
}
