import { endOn } from "../signals.ts";
import { openLines } from "./lines.ts";
import { type Connect, Shell } from "./shell.ts";

/** The shell from its first prompt to its end; throws where there is no way in. */
export async function runShell(connect: Connect): Promise<void> {
  const lines = openLines();
  try {
    const shell = await Shell.open(connect, lines);
    if (lines.interactive) await shell.say(welcome(shell));
    await endOn(["SIGINT", "SIGTERM", "SIGHUP"], async (ending) => {
      ending.addEventListener("abort", () => {
        shell.interrupt();
        lines.close();
      });
      await shell.run();
    });
  } finally {
    lines.close();
  }
}

function welcome({ session }: Shell): string {
  const version = session.parameter("server_version") ?? "unknown";
  return `Postern's shell (server ${version}). \\? shows its commands, \\q leaves.\n`;
}
