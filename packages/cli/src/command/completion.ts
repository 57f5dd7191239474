import { createClient } from "@postern/client/client";
import { importProofKey } from "@postern/client/proof";
import { Argument, type Command } from "commander";
import { fishScript } from "../completion/fish.ts";
import { bashScript, zshScript } from "../completion/posix.ts";
import { completedCommands } from "../completion/tree.ts";
import { example } from "../options.ts";
import { writeData } from "../output/write.ts";
import { currentServer, loadServer } from "../profile/profile.ts";

/** What the scripts ask for while somebody waits at the prompt. */
const patienceMs = 1_500;

const shells = { bash: bashScript, zsh: zshScript, fish: fishScript };

export function addCompletionCommand(program: Command): void {
  const completion = program
    .command("completion")
    .addArgument(new Argument("<shell>", "which shell").choices([...Object.keys(shells), "databases"]))
    .description(
      "print a script by which the shell completes commands, flags and databases; `databases` prints the names that it asks for",
    )
    .action(async (what: keyof typeof shells | "databases") => {
      if (what === "databases") return await printDatabases();
      writeData(shells[what](completedCommands(program)));
    });
  example(
    completion,
    'eval "$(postern completion bash)"',
    'eval "$(postern completion zsh)"',
    "postern completion fish | source",
  );
}

/** Whatever is wrong, there is nothing to complete: an error would land in the middle of what is typed. */
async function printDatabases(): Promise<void> {
  try {
    for (const name of await listNames()) writeData(name);
  } catch {
    // nothing to offer
  }
}

async function listNames(): Promise<string[]> {
  const url = currentServer();
  const login = url === undefined ? undefined : loadServer(url)?.login;
  if (url === undefined || !login) return [];
  const key = await importProofKey(login.key);
  const client = createClient({ url, key, accessToken: () => login.access_token, timeoutMs: patienceMs });
  const { databases } = await client.call("listDatabases", {});
  return databases.map(({ name }) => name);
}
