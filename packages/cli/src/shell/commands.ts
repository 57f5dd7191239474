/** The commands that begin with a backslash: each by its name, as psql has it. */
import { once } from "node:events";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { Fault } from "@postern/core/fault";
import { note } from "../output/write.ts";
import { ServerError } from "../sql/server-error.ts";
import { databases, functions, type Listing, relations, roles, schemas } from "./catalog.ts";
import { describeRelations } from "./describe.ts";
import { formatServerError } from "./error.ts";
import { pipedLines } from "./lines.ts";
import { listener } from "./listener.ts";
import { parsePattern } from "./pattern.ts";
import type { Shell } from "./shell.ts";

interface Command {
  /** What it takes, for `\?`. */
  readonly takes: string;
  readonly does: string;
  run(shell: Shell, words: readonly string[]): Promise<void> | void;
}

const commands: Readonly<Record<string, Command>> = {
  q: { takes: "", does: "leave", run: (shell) => shell.quit() },
  "?": { takes: "", does: "show these commands", run: help },
  d: { takes: "[NAME]", does: "list relations, or describe those that match", run: describe },
  dt: listCommand("[NAME]", "list tables", (pattern) => relations("t", pattern)),
  dv: listCommand("[NAME]", "list views", (pattern) => relations("v", pattern)),
  dm: listCommand("[NAME]", "list materialized views", (pattern) => relations("m", pattern)),
  ds: listCommand("[NAME]", "list sequences", (pattern) => relations("s", pattern)),
  di: listCommand("[NAME]", "list indexes", (pattern) => relations("i", pattern)),
  df: listCommand("[NAME]", "list functions", functions),
  dn: listCommand("[NAME]", "list schemas", schemas),
  du: listCommand("[NAME]", "list roles", roles),
  l: listCommand("[NAME]", "list databases", databases),
  c: { takes: "[NAME|- [USER]]", does: "connect under another database name, as another user", run: connect },
  conninfo: { takes: "", does: "show what this is connected to", run: showConnection },
  g: { takes: "", does: "run what was typed, as a semicolon does", run: (shell) => runPending(shell, false) },
  gx: { takes: "", does: "the same, a line for each column", run: (shell) => runPending(shell, true) },
  i: { takes: "FILE", does: "run the statements and commands of a file", run: include },
  p: { takes: "", does: "show what was typed", run: (shell) => shell.say(shell.pending) },
  r: { takes: "", does: "forget what was typed", run: (shell) => shell.reset() },
  timing: { takes: "[on|off]", does: "show how long each statement takes", run: switchTiming },
  x: { takes: "[on|off]", does: "show a line for each column", run: switchExpanded },
};

/** @param text without its backslash */
export async function runCommand(shell: Shell, text: string): Promise<void> {
  const [name = "", ...words] = splitWords(text);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command) await command.run(shell, words);
  else note(`invalid command \\${name}\nTry \\? for help.`);
}

/** Blanks separate words, but for those in quotes; a name's double quotes stay. */
function splitWords(text: string): string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replaceAll(/'([^']*)'/g, "$1"));
}

function listCommand(
  takes: string,
  does: string,
  list: (pattern: ReturnType<typeof parsePattern> | undefined) => Listing | undefined,
): Command {
  return {
    takes,
    does,
    async run(shell, [name]) {
      const listing = list(name === undefined ? undefined : parsePattern(name));
      if (listing) await show(shell, listing);
    },
  };
}

async function show(shell: Shell, { title, statement }: Listing): Promise<boolean> {
  return await shell.execute(statement, { title });
}

async function describe(shell: Shell, [name]: readonly string[]): Promise<void> {
  const all = relations("", undefined);
  if (name === undefined) return void (all && (await show(shell, all)));
  await shell.attempt(async () => {
    const found = await describeRelations(shell.session, parsePattern(name));
    if (found.length === 0) note(`Did not find any relation named "${name}".`);
    for (const { columns, notes } of found) {
      await show(shell, columns);
      if (notes.length > 0) await shell.say(`${notes.join("\n")}\n`);
    }
  });
}

/** With a credential of its own: whether it may is asked anew. Where it may not, the session stays as it is. */
async function connect(shell: Shell, [name = "-", user = "-"]: readonly string[]): Promise<void> {
  const { db_user, db_name } = shell.session.target;
  const to = {
    db_user: user === "-" ? db_user : unquote(user),
    db_name: name === "-" ? db_name : unquote(name),
  };
  try {
    await shell.use(await shell.connect(listener, to));
    await shell.say(`You are now connected to database "${to.db_name}" as user "${to.db_user}".`);
  } catch (error) {
    for (const line of explain(error)) note(line);
    note("Previous connection kept");
  }
}

function unquote(word: string): string {
  return word.replaceAll('"', "");
}

function explain(error: unknown): string[] {
  if (error instanceof ServerError) return formatServerError(error);
  if (!(error instanceof Fault)) throw error;
  const { hint, decision_id } = error.data;
  return [
    `FATAL:  ${error.message}`,
    ...(decision_id === undefined ? [] : [`DETAIL:  decision ${decision_id}`]),
    ...(hint === undefined ? [] : [`HINT:  ${hint}`]),
  ];
}

async function showConnection(shell: Shell): Promise<void> {
  const { session } = shell;
  const { database, db_user, db_name } = session.target;
  const version = session.parameter("server_version") ?? "unknown";
  await shell.say(
    `You are connected to database "${db_name}" as user "${db_user}" through Postern's database "${database}".\n` +
      `Server version ${version}, server process ${session.processId ?? "unknown"}.`,
  );
}

async function runPending(shell: Shell, expanded: boolean): Promise<void> {
  const text = shell.pending;
  shell.reset();
  if (text !== "") await shell.execute({ text }, expanded ? { expanded } : {});
}

/** Files that include each other would never end. */
const maxDepth = 16;
let depth = 0;

async function include(shell: Shell, [file]: readonly string[]): Promise<void> {
  if (file === undefined) return note("\\i: missing required argument");
  if (depth >= maxDepth) return note(`\\i: more than ${maxDepth} files include each other`);
  depth += 1;
  try {
    await shell.include(pipedLines(await opened(file)));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && "path" in error)) throw error;
    note(`${file}: ${error.message}`);
  } finally {
    depth -= 1;
  }
}

/** Throws where there is nothing to read. */
async function opened(file: string): Promise<Readable> {
  const stream = createReadStream(file);
  await once(stream, "ready");
  return stream;
}

async function switchTiming(shell: Shell, [word]: readonly string[]): Promise<void> {
  shell.timing = isOn(word, shell.timing);
  await shell.say(`Timing is ${shell.timing ? "on" : "off"}.`);
}

async function switchExpanded(shell: Shell, [word]: readonly string[]): Promise<void> {
  shell.expanded = isOn(word, shell.expanded);
  await shell.say(`Expanded display is ${shell.expanded ? "on" : "off"}.`);
}

function isOn(word: string | undefined, before: boolean): boolean {
  return word === undefined ? !before : word.toLowerCase() === "on";
}

async function help(shell: Shell): Promise<void> {
  const lines = Object.entries(commands).map(
    ([name, { takes, does }]) => `  ${`\\${name} ${takes}`.padEnd(22)}${does}`,
  );
  await shell.say(
    [...lines, "", "A statement ends with a semicolon. Ctrl-C cancels, Ctrl-D leaves."].join("\n"),
  );
}
