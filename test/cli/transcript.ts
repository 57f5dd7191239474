/**
 * Transcripts: what is typed and what must be seen, as a file that reads like a terminal.
 *
 *     # a comment
 *     $ NAME=value postern db ls      a command; its environment in front
 *     < password                      a line of standard input
 *     > aurora                        a line on stdout
 *     ! hint: try again               a line on stderr
 *     ? 1                             the exit code, where it isn't 0
 *
 * `{name}` stands for a value that is known. `{name:kind}` is anything of the kind (`patterns`), and known as `name`
 * from there on; `{:kind}` is any, once.
 */

/** What a run of a command is, or must be. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

export interface Step {
  readonly line: number;
  readonly command: string;
  readonly input: readonly string[];
  readonly expected: Outcome;
}

const patterns: Record<string, string> = {
  time: String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`,
  uuid: "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
  decision: "de_[0-9A-Z]{26}",
  grant: "pdt_[0-9A-Z]{26}_[A-Za-z0-9_-]{32}",
  secret: "[A-Za-z0-9_-]{32,}",
  hex: "[0-9a-f]+",
  number: String.raw`\d+(?:\.\d+)?`,
  statement: String.raw`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.\d+`,
  text: ".*",
};

export function parseTranscript(text: string): Step[] {
  const steps: { line: number; command: string; input: string[]; expected: Draft }[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const [sign, rest] = [line.slice(0, 1), line.slice(2)];
    const step = steps.at(-1);
    if (sign === "$") steps.push({ line: index + 1, command: rest, input: [], expected: nothing() });
    else if (sign === "" || sign === "#") continue;
    else if (!step) throw new Error(`line ${index + 1}: no command yet`);
    else if (sign === "<") step.input.push(rest);
    else if (sign === ">") step.expected.stdout.push(rest);
    else if (sign === "!") step.expected.stderr.push(rest);
    else if (sign === "?") step.expected.code = Number(rest);
    else throw new Error(`line ${index + 1}: begins with none of $ < > ! ? #`);
  }
  return steps;
}

interface Draft {
  code: number;
  stdout: string[];
  stderr: string[];
}

function nothing(): Draft {
  return { code: 0, stdout: [], stderr: [] };
}

export type Values = Map<string, string>;

const placeholder = /\{(?=[a-z_:])([a-z_]*)(?::([a-z]+))?\}/;

/** The text with its values; throws for one that isn't known. */
export function fill(text: string, values: Values): string {
  return text.replace(new RegExp(placeholder, "g"), (_, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`{${name}} is not known`);
    return value;
  });
}

/**
 * The expected lines with what their placeholders met in the actual ones, to be compared with these; a line that isn't
 * met stays as it was written. What was met is known from there on.
 */
export function meet(expected: readonly string[], actual: readonly string[], values: Values): string[] {
  return expected.map((line, index) => {
    const names: string[] = [];
    const met = new RegExp(`^${toPattern(line, values, names)}$`, "u").exec(actual[index] ?? "");
    if (!met) return line;
    for (const [at, name] of names.entries()) if (name !== "") values.set(name, met[at + 1] ?? "");
    return met[0];
  });
}

function toPattern(line: string, values: Values, names: string[]): string {
  const [whole, name = "", kind] = placeholder.exec(line) ?? [];
  if (whole === undefined) return escapePattern(line);
  const at = line.indexOf(whole);
  const rest = () => toPattern(line.slice(at + whole.length), values, names);
  const before = escapePattern(line.slice(0, at));
  if (kind === undefined) return before + escapePattern(fill(whole, values)) + rest();
  const pattern = patterns[kind];
  if (pattern === undefined) throw new Error(`no such kind: ${kind}`);
  names.push(name);
  return `${before}(${pattern})${rest()}`;
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** Words as a shell has them, as far as transcripts need it: quotes, no escapes. `NAME=value` in front is environment. */
export function parseCommand(command: string): { env: Record<string, string>; args: string[] } {
  const words = (command.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? []).map((word) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ""),
  );
  const start = words.indexOf("postern");
  if (start === -1) throw new Error(`not a command of postern: ${command}`);
  const env = words.slice(0, start).map((word) => [word.split("=")[0], word.slice(word.indexOf("=") + 1)]);
  return { env: Object.fromEntries(env) as Record<string, string>, args: words.slice(start + 1) };
}
