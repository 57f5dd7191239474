/** `npm start`. */
import { OptionError, type Options, parseOptions, usage } from "./options.ts";
import { printReady } from "./ready.ts";
import { watchParent } from "./runtime/parent-watch.ts";
import { Shutdown } from "./runtime/shutdown.ts";
import { sayFailure } from "./say.ts";

const shutdown = new Shutdown();
let ending: Promise<void> | undefined;

/** Signals, a lost program, a failed start: whichever comes first decides the exit code. */
function end(code: number): Promise<void> {
  ending ??= shutdown.run().then(() => process.exit(code));
  return ending;
}

/** What fails because everything is being stopped is nobody's concern. */
function fail(error: unknown): Promise<void> {
  if (!ending) sayFailure(error);
  return end(1);
}

function readOptions(): Options {
  try {
    return parseOptions(process.argv.slice(2), process.env["INIT_CWD"] ?? process.cwd());
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`${error.message}\nusage: ${usage}\n`);
    process.exit(2);
  }
}

async function start(options: Options): Promise<void> {
  // From here on a signal or a lost parent stops what there is; all else is loaded after.
  const { startLocal } = await import("./runtime/local.ts");
  const running = await startLocal(options, shutdown);
  if (ending) return;
  printReady(running, options);
  await fail(await running.lost);
}

/** Everything that is kept here, by us and by what we start, is for its owner's eyes alone. */
process.umask(0o077);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void end(0));
// Whoever read what we say may be gone, as a closed terminal is; that is no reason to leave anything running.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
process.on("uncaughtException", (error) => void fail(error));
watchParent(() => void end(1));
await start(readOptions()).catch(fail);
