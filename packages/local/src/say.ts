/** What `npm start` tells the person in front of it. stdout is for the ready line alone. */
import { isFault } from "@postern/core/fault";

export function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** What went wrong and what to do about it; where that is our own mistake, where it was made. */
export function sayFailure(error: unknown): void {
  say(`error: ${describe(error)}`);
  if (isFault(error) && error.data.hint !== undefined) say(`hint: ${error.data.hint}`);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return isExpected(error) ? error.message : (error.stack ?? error.message);
}

/** Faults, the store's errors and the operating system's (ENOSPC) have codes; of Node's own those begin with ERR_. */
function isExpected(error: Error): boolean {
  return "code" in error && typeof error.code === "string" && !error.code.startsWith("ERR_");
}
