/** What every command owes to whoever asks for help: read off the tree, so that no command is forgotten. */
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { examplesOf } from "./options.ts";
import { buildProgram } from "./program.ts";
import { parseLine, wordsOf } from "./test-support/example-line.ts";

function pathsOf(command: Command, path: readonly string[] = []): string[][] {
  return [[...path], ...command.commands.flatMap((each) => pathsOf(each, [...path, each.name()]))];
}

function find(program: Command, path: readonly string[]): Command {
  return path.reduce((command, name) => {
    const found = command.commands.find((each) => each.name() === name);
    if (!found) throw new Error(`no command ${name}`);
    return found;
  }, program);
}

const paths = pathsOf(buildProgram());

describe.each(paths.map((path) => [["postern", ...path].join(" "), path] as const))("%s", (_, path) => {
  const command = find(buildProgram(), path);

  test("says what it does", () => {
    expect(command.description()).toMatch(/\w{3}/);
    for (const option of command.options) expect([option.flags, option.description]).not.toContain("");
  });

  test("has an example that can be typed", async () => {
    const lines = examplesOf(command);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).toContain("postern ");
      await parseLine(line);
    }
    const own = lines.some((line) => wordsOf(line).slice(0, path.length).join(" ") === path.join(" "));
    expect(own).toBe(true);
  });

  test("has help, on stdout", async () => {
    let shown = "";
    const program = buildProgram();
    const meant = find(program, path);
    meant.exitOverride().configureOutput({ writeOut: (text) => (shown += text) });
    await expect(program.parseAsync([...path, "--help"], { from: "user" })).rejects.toMatchObject({
      exitCode: 0,
    });
    expect(shown).toContain(`Usage: ${["postern", ...path].join(" ")}`);
    expect(shown).toContain("Example:");
  });
});
