/** Flags that several commands share, and how values of flags are read. */

import { Duration, formatTime, parseDuration } from "@postern/core/time";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { z } from "zod";

export function withServer(command: Command): Command {
  return command.option("--proxy <host:port>", "the Postern server; the one of the last login by default");
}

/** The first of the formats is the default. */
export function withFormat(command: Command, ...formats: string[]): Command {
  const choices = formats.length === 0 ? ["text", "json"] : formats;
  return command.addOption(
    new Option("--format <format>", "how to print").choices(choices).default(choices[0]),
  );
}

/** For commands that use the local admin's identity where `npm start` left one. */
export function withAdmin(command: Command): Command {
  return withServer(command).option(
    "--data-dir <folder>",
    "the data folder of `npm start`, whose local admin identity is used",
  );
}

export function withIdentity(command: Command): Command {
  return withAdmin(command).option("--user <name>", "act by this user's login, not as the local admin");
}

/** A command that only holds others. */
export function group(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).helpCommand(false); // `postern help` finds them all
}

const examples = new WeakMap<Command, readonly string[]>();

/** The example behind a command's help. */
export function example(command: Command, ...lines: string[]): Command {
  examples.set(command, lines);
  return command.addHelpText("after", `\nExample:\n${lines.map((line) => `  ${line}`).join("\n")}`);
}

/** What `example` was given; nothing for a command without one. */
export function examplesOf(command: Command): readonly string[] {
  return examples.get(command) ?? [];
}

/** Reads a flag's value by a schema, and refuses it in the schema's words. */
export function parseBy<T>(schema: z.ZodType<T>): (text: string) => T {
  return (text) => {
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? "");
  };
}

/** A time as RFC 3339 has it, or a duration back from now; gives RFC 3339 in UTC. */
export function parseTime(text: string): string {
  if (Duration.safeParse(text).success) return formatTime(Date.now() - parseDuration(text));
  const ms =
    /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d/.test(text) && /(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)
      ? Date.parse(text)
      : Number.NaN;
  if (!Number.isNaN(ms)) return formatTime(ms);
  throw new InvalidArgumentError(
    "Expected a duration back from now, such as 1h, or a time such as 2026-03-04T10:00:00Z.",
  );
}

/** A whole number from 1 on, in digits. */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number from 1 on.");
}

/** `access,db`; of an empty text, none. */
export function parseList(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** The same, at least one. */
export function parseFullList(text: string): string[] {
  const list = parseList(text);
  if (list.length > 0) return list;
  throw new InvalidArgumentError("Expected one name or more, with commas.");
}
