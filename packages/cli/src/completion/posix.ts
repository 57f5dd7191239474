/** The scripts for bash and zsh: the same tables and the same walk through the words, in what both shells understand. */
import type { CompletedCommand, Values } from "./tree.ts";

/** The exit status by which the functions say that a file is meant. */
const files = 2;

/** bash 3.2, which macOS has, must understand it, too; it takes `=` for a word of its own. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  return `# bash: eval "$(postern completion bash)"
${common(commands)}

_postern() {
  local word current=\${COMP_WORDS[COMP_CWORD]} before=() found
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == '=' ]] || before+=("$word")
  done
  [[ $current == '=' ]] && current=''
  found=$(_postern_candidates \${before[@]+"\${before[@]}"} "$current")
  if (($? == ${files})); then
    compopt -o filenames 2>/dev/null
    found=$(compgen -f -- "$current")
  else
    found=$(compgen -W "$found" -- "$current")
  fi
  [[ $found == */ ]] && compopt -o nospace 2>/dev/null
  local IFS=$'\\n'
  COMPREPLY=($found)
}
complete -F _postern postern`;
}

export function zshScript(commands: readonly CompletedCommand[]): string {
  return `# zsh: eval "$(postern completion zsh)", after compinit
${common(commands)}

_postern() {
  local found
  found=$(_postern_candidates "\${(@)words[2,CURRENT-1]}" "\${words[CURRENT]}")
  local answer=$?
  [[ \${words[CURRENT]} == -*=* ]] && compset -P '*='
  if ((answer == ${files})); then
    _files
  else
    compadd -S '' -- \${(M)\${(f)found}:#*/}
    compadd -- \${(f)found:#*/}
  fi
}
compdef _postern postern`;
}

function common(commands: readonly CompletedCommand[]): string {
  return `${tables(commands)}

# The words that may come next, after those typed before and the beginning of this one.
_postern_candidates() {
  local word at='' flag='' help='' count=0
  while (($# > 1)); do
    word=$1
    shift
    if [[ -n $flag ]]; then
      flag=''
    elif [[ $word == '--' ]]; then
      return ${files}
    elif [[ $word == -* ]]; then
      _postern_takes_value "$at $word" && flag=$word
    elif [[ $word == help && -z $at ]]; then
      help=1
    elif _postern_is_command "$at \${word}"; then
      at=\${at:+$at }$word
    else
      count=$((count + 1))
    fi
  done
  if [[ -n $flag ]]; then
    _postern_values "$at $flag"
  elif [[ $1 == -*=* ]]; then
    _postern_values "$at \${1%%=*}"
  elif [[ $1 == -* ]]; then
    _postern_flags "$at"
  elif [[ -z $help ]]; then
    _postern_arguments "$at $count"
  else
    _postern_commands "$at"
  fi
}`;
}

function tables(commands: readonly CompletedCommand[]): string {
  const valued = commands.flatMap(({ path, flags }) =>
    flags.flatMap(({ names, values }) =>
      values ? [{ patterns: names.map((name) => `${path} ${name}`), values }] : [],
    ),
  );
  const below = commands.filter(({ path }) => path !== "").map(({ path }) => path);
  return [
    question(
      "_postern_is_command",
      below.map((path) => (path.includes(" ") ? path : ` ${path}`)),
    ),
    question(
      "_postern_takes_value",
      valued.flatMap(({ patterns }) => patterns),
    ),
    answer("_postern_values", valued),
    answer(
      "_postern_flags",
      commands.map(({ path, flags }) => ({
        patterns: [path],
        values: words(flags.flatMap(({ names }) => names)),
      })),
    ),
    answer(
      "_postern_commands",
      commands.map(({ path, commands: names }) => ({ patterns: [path], values: words(names) })),
    ),
    answer("_postern_arguments", commands.flatMap(argumentRows)),
  ].join("\n");
}

function argumentRows({ path, commands, arguments: args }: CompletedCommand): Row[] {
  if (commands.length > 0) return [{ patterns: [`${path} 0`], values: words(commands) }];
  return args.map((values, index) => ({ patterns: [`${path} ${index}`], values }));
}

/** What is printed for any of the patterns. */
interface Row {
  readonly patterns: readonly string[];
  readonly values: Values;
}

function words(names: readonly string[]): Values {
  return { type: "words", words: names };
}

/** A function that is true for these patterns. */
function question(name: string, patterns: readonly string[]): string {
  return `${name}() {\n  case $1 in\n  ${patterns.map(quote).join(" | ")}) return 0 ;;\n  esac\n  return 1\n}`;
}

/** A function that prints the values of a pattern; rows that print nothing are left out. */
function answer(name: string, rows: readonly Row[]): string {
  const arms = rows.flatMap(({ patterns, values }) => {
    const act = print(values);
    return act === undefined ? [] : [`  ${patterns.map(quote).join(" | ")}) ${act} ;;\n`];
  });
  return `${name}() {\n  case $1 in\n${arms.join("")}  esac\n}`;
}

function print(values: Values): string | undefined {
  switch (values.type) {
    case "words":
      return values.words.length === 0 ? undefined : `printf '%s\\n' ${values.words.map(quote).join(" ")}`;
    case "databases":
      return "postern completion databases 2>/dev/null";
    case "files":
      return `return ${files}`;
    case "nothing":
      return undefined;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
