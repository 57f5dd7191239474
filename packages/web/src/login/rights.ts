import type { Session } from "./session.ts";

/** What the server decides in the end: to be asked before, as each refusal is in the audit log. */
export function mayReadActivity({ status }: Session): boolean {
  return status.rights["event"]?.includes("list") === true;
}
