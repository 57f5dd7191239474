import { endOn, leaving } from "../signals.ts";
import { type Lines, openLines } from "./lines.ts";
import { type Connect, Shell } from "./shell.ts";

/** The shell from its first prompt to its end; throws where there is no way in. */
export async function runShell(connect: Connect): Promise<void> {
  const lines = openLines();
  try {
    const shell = await Shell.open(connect, lines);
    if (lines.interactive) await shell.say(welcome(shell));
    await endOn(endings(lines), async (ending) => {
      ending.addEventListener("abort", () => {
        shell.interrupt();
        lines.close();
      });
      await leaving("SIGINT", () => shell.run());
    });
  } finally {
    lines.close();
  }
}

/** At a terminal Ctrl-C is a key, which ends a statement and not the shell; a pager may get it as a signal. */
function endings({ interactive }: Lines): NodeJS.Signals[] {
  return interactive ? ["SIGTERM", "SIGHUP"] : ["SIGINT", "SIGTERM", "SIGHUP"];
}

function welcome({ session }: Shell): string {
  const version = session.parameter("server_version") ?? "unknown";
  return `Postern's shell (server ${version}). \\? shows its commands, \\q leaves.\n`;
}
