/** `npm start`. */
import { isFault } from "@postern/core/fault";
import { OptionError, type Options, parseOptions, usage } from "./options.ts";
import { printReady } from "./ready.ts";
import { type Running, Shutdown, startLocal } from "./runtime/local.ts";
import { watchParent } from "./runtime/parent-watch.ts";

const shutdown = new Shutdown();
let ending: Promise<void> | undefined;

/** Signals, a lost program, a failed start: whichever comes first decides the exit code. */
function end(code: number): Promise<void> {
  ending ??= shutdown.run().then(() => process.exit(code));
  return ending;
}

function readOptions(): Options {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`${error.message}\nusage: ${usage}\n`);
    process.exit(2);
  }
}

function fail(error: unknown): Promise<void> {
  const known = isFault(error);
  process.stderr.write(`${known ? `error: ${error.message}` : `error: ${String(error)}`}\n`);
  if (known && error.data.hint !== undefined) process.stderr.write(`hint: ${error.data.hint}\n`);
  return end(1);
}

const options = readOptions();
process.on("SIGINT", () => void end(0));
process.on("SIGTERM", () => void end(0));
process.on("SIGHUP", () => void end(0));
watchParent(() => void end(1));

try {
  const running: Running = await startLocal(options, shutdown, (reason) => void fail(new Error(reason)));
  if (!ending) printReady(running, options);
} catch (error) {
  await fail(error);
}
