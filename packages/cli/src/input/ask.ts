/** Questions to a person at a terminal; they are written to stderr, as stdout belongs to the command's result. */
import { ExitError } from "../failure.ts";

/** Whether there is somebody to ask. */
export function isTerminal(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** What is typed isn't shown. */
export async function askSecret(message: string): Promise<string> {
  const { password } = await loadPrompts();
  return taken(await password({ message, output: process.stderr }));
}

/** @param problem what is wrong with an answer, to ask again; undefined for a good one */
export async function askText(
  message: string,
  problem: (text: string) => string | undefined,
): Promise<string> {
  const { text } = await loadPrompts();
  return taken(await text({ message, validate: (answer = "") => problem(answer), output: process.stderr }));
}

export async function askYesNo(message: string): Promise<boolean> {
  const { confirm } = await loadPrompts();
  return taken(await confirm({ message, output: process.stderr }));
}

/** Few commands ask. */
async function loadPrompts() {
  return await import("@clack/prompts");
}

/** The library gives a symbol for a question that Ctrl-C or Escape ended. */
function taken<T>(answer: T): Exclude<T, symbol> {
  if (typeof answer === "symbol") throw new ExitError(1);
  return answer as Exclude<T, symbol>; // TypeScript doesn't narrow a type parameter
}
