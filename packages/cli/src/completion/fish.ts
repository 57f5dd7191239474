/** The script for fish: a line per command, flag and argument, each on condition of what is typed so far. */
import type { CompletedCommand, CompletedFlag, Values } from "./tree.ts";

export function fishScript(commands: readonly CompletedCommand[]): string {
  const paths = commands.filter(({ path }) => path !== "").map(({ path }) => quote(path));
  const valued = commands.flatMap(({ path, flags }) =>
    flags
      .filter(({ values }) => values)
      .flatMap(({ names }) => names.map((name) => quote(`${path} ${name}`.trim()))),
  );
  return `# fish: postern completion fish | source
set -g __postern_commands ${paths.join(" ")}
set -g __postern_valued ${valued.join(" ")}

# Whether these commands are typed, and so many arguments behind them.
function __postern_at
  set -l typed (commandline -opc)
  set -e typed[1]
  set -l at
  set -l flag
  set -l count 0
  for word in $typed
    if test -n "$flag"
      set flag
    else if test "x$word" = xhelp; and test -z "$at"
      continue
    else if string match -q -- '-*' $word
      contains -- (string trim -- "$at $word") $__postern_valued; and set flag $word
    else if contains -- (string trim -- "$at $word") $__postern_commands
      set at (string trim -- "$at $word")
    else
      set count (math $count + 1)
    end
  end
  test "$at" = "$argv[1]"; and test (count $argv) -lt 2 -o "$count" = "$argv[2]"
end

complete -c postern -f
${commands.flatMap((command) => linesOf(command, commands)).join("\n")}`;
}

function linesOf(command: CompletedCommand, all: readonly CompletedCommand[]): string[] {
  const { path, flags, commands, arguments: args } = command;
  const below = commands.map((name) => {
    const description = all.find((each) => each.path === `${path} ${name}`.trim())?.description ?? "";
    return `${start(path, 0)} -a ${quote(name)} -d ${quote(description)}`;
  });
  const places = args.flatMap((values, index) => {
    const source = sourceOf(values);
    return source === undefined ? [] : [`${start(path, index)} ${source}`];
  });
  return [...below, ...places, ...flags.map((flag) => flagLine(path, flag))];
}

function start(path: string, count?: number): string {
  const condition = ["__postern_at", `"${path}"`, ...(count === undefined ? [] : [String(count)])].join(" ");
  return `complete -c postern -n ${quote(condition)}`;
}

function flagLine(path: string, { names, description, values }: CompletedFlag): string {
  const forms = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const source = values === undefined ? "" : ` ${sourceOf(values) ?? "-x"}`;
  return `${start(path)} ${forms.join(" ")} -d ${quote(description)}${source}`;
}

/** `-x`: it takes a value, and no file. */
function sourceOf(values: Values): string | undefined {
  switch (values.type) {
    case "words":
      return `-x -a ${quote(values.words.join(" "))}`;
    case "databases":
      return "-x -a '(postern completion databases 2>/dev/null)'";
    case "files":
      return "-r -F";
    case "nothing":
      return undefined;
  }
}

/** In single quotes fish takes `\\\\` and `\\'` for what they stand for, and nothing else. */
function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
