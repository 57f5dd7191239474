/** The scripts in the shells themselves, with a `postern` in their way that knows two databases. */
import { spawnSync } from "node:child_process";
import { Command, Option } from "commander";
import { describe, expect, test } from "vitest";
import { buildProgram } from "../program.ts";
import { fishScript } from "./fish.ts";
import { bashScript, zshScript } from "./posix.ts";
import { completedCommands } from "./tree.ts";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };

function createProgram(): Command {
  const program = new Command("postern").helpCommand(false);
  const db = program.command("db").helpCommand(false).description("it's for databases");
  db.command("ls")
    .addOption(new Option("-f, --format <format>").choices(["text", "json"]))
    .option("--search <text>")
    .option("--verbose", "it's more");
  db.command("query").argument("<database>").argument("<sql>").option("--user <name>");
  program.command("get").argument("<kind/name>").option("--file <file>");
  program.command("help").argument("[command...]");
  return program;
}

const fake = "postern() { [ $1 = completion ] && printf '%s\\n' aurora books; }";
const run = (shell: string, script: string) => {
  const { stdout, stderr } = spawnSync(shell, ["-c", script], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
};

/** What each shell offers for the line's last word. */
const offers: Record<keyof typeof scripts, (line: string) => string[]> = {
  bash: (line) => {
    const words = line
      .replace(/(--\w+)=/, "$1 = ")
      .split(" ")
      .map((word) => `'${word}'`)
      .filter((word, index, all) => word !== "''" || index === all.length - 1);
    const set = `COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}`;
    return run("bash", `${fake}\n${script("bash")}\n${set}; _postern; printf '%s\\n' "\${COMPREPLY[@]}"`);
  },
  zsh: (line) => {
    const words = line
      .split(" ")
      .slice(1)
      .map((word) => `'${word}'`);
    const last =
      line
        .split(" ")
        .at(-1)
        ?.replace(/^--\w+=/, "") ?? "";
    const found = run(
      "zsh",
      `${fake}\ncompdef() {}\n${script("zsh")}\n_postern_candidates ${words.join(" ")}; true`,
    );
    return found.filter((word) => word.startsWith(last));
  },
  fish: (line) => {
    const found = run(
      "fish",
      `function postern; printf '%s\\n' aurora books; end\n${script("fish")}\ncomplete -C '${line}'`,
    );
    return found.map((each) => each.split("\t")[0]?.replace(/^--\w+=/, "") ?? "");
  },
};

function script(shell: keyof typeof scripts): string {
  return scripts[shell](completedCommands(createProgram()));
}

const shells = Object.keys(scripts) as (keyof typeof scripts)[]; // Object.keys forgets the keys

describe.each(shells)("%s", (shell) => {
  const isThere = spawnSync(shell, ["-c", "true"]).status === 0;

  test.runIf(isThere).each([
    ["postern ", ["db", "get", "help"]],
    ["postern g", ["get"]],
    ["postern db ", ["ls", "query"]],
    ["postern db ls --f", ["--format"]],
    ["postern db ls --format ", ["json", "text"]],
    ["postern db ls --format=j", ["json"]],
    ["postern db ls -f t", ["text"]],
    ["postern db ls --search ls ", []],
    ["postern db query ", ["aurora", "books"]],
    ["postern db query --user ls ", ["aurora", "books"]],
    ["postern db query --user=x a", ["aurora"]],
    ["postern db query aurora ", []],
    ["postern get ", ["db/", "role/", "user/"]],
    ["postern help db ", ["ls", "query"]],
  ])("%j", (line, expected) => {
    expect(offers[shell](line).toSorted()).toEqual(expected);
  });

  test.runIf(isThere)("reads the script of the whole program without a word", () => {
    const whole = scripts[shell](completedCommands(buildProgram()));
    expect(run(shell, shell === "zsh" ? `compdef() {}\n${whole}` : whole)).toEqual([]);
  });
});
