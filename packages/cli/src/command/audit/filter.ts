import { AuditEvent } from "@postern/core/audit/event";
import { type Command, InvalidArgumentError } from "commander";
import type { ServerOptions } from "../../session.ts";
import { didYouMean } from "../../suggestion.ts";

/** Here `--user` filters; it doesn't say who asks. */
export interface FilterOptions extends ServerOptions {
  readonly dataDir?: string;
  readonly user?: string;
  readonly event?: string;
  readonly format: string;
}

export function withFilter(command: Command): Command {
  return command
    .option("--user <name>", "events of this user")
    .option("--event <event>", "events of this kind, such as db.session.query", parseEventName);
}

/** A mistyped kind would look like a quiet day. */
function parseEventName(text: string): string {
  const names = AuditEvent.options.map(({ shape }) => shape.event.value);
  if (names.some((name) => name === text)) return text;
  throw new InvalidArgumentError(
    `There is no such kind${didYouMean(text, names)}\nKnown are ${names.sort().join(", ")}.`,
  );
}
