/** The `postern` command: parse, run, and turn whatever was thrown into words and an exit code. */
import { exitCode, report } from "./failure.ts";
import { buildProgram } from "./program.ts";

delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]; // nothing turns off the checks of certificates
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") report(error); // else whoever read it (`head`) has seen enough
  process.exit(1);
});

try {
  await buildProgram().parseAsync(process.argv);
} catch (error) {
  report(error);
  process.exitCode = exitCode(error);
}
