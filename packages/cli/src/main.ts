/** The `postern` command: parse, run, and turn whatever was thrown into words and an exit code. */
import { CommanderError } from "commander";
import { exitCode, report } from "./failure.ts";
import { buildProgram } from "./program.ts";

try {
  await buildProgram().parseAsync(process.argv);
} catch (error) {
  if (!(error instanceof CommanderError)) report(error);
  process.exitCode = exitCode(error);
}
