import { describe, expect, test } from "vitest";
import { fill, meet, parseCommand, parseTranscript } from "./transcript.ts";

test("a transcript is commands with their input and what they must give", () => {
  const text = "# first\n$ postern a\n< in\n> out\n>\n! err\n? 1\n\n$ postern b\n";
  expect(parseTranscript(text)).toEqual([
    {
      line: 2,
      command: "postern a",
      input: ["in"],
      expected: { code: 1, stdout: ["out", ""], stderr: ["err"] },
    },
    { line: 9, command: "postern b", input: [], expected: { code: 0, stdout: [], stderr: [] } },
  ]);
  expect(() => parseTranscript("$ postern a\nout\n")).toThrow("line 2");
  expect(() => parseTranscript("> out\n")).toThrow("line 1");
});

describe("an expected line", () => {
  const known = () => new Map([["host", "a.b"]]);

  test("is met by itself alone", () => {
    expect(meet(["a.c {}", "[x]"], ["a.c {}", "[x]"], known())).toEqual(["a.c {}", "[x]"]);
    expect(meet(["a.c"], ["abc"], known())).toEqual(["a.c"]);
    expect(meet(["a"], [], known())).toEqual(["a"]);
    expect(meet(["a"], ["ab"], known())).toEqual(["a"]);
  });

  test("is met by the value that is known, and no other", () => {
    expect(meet(["to {host}!"], ["to a.b!"], known())).toEqual(["to a.b!"]);
    expect(meet(["to {host}!"], ["to axb!"], known())).toEqual(["to {host}!"]);
    expect(() => meet(["{nobody}"], ["x"], known())).toThrow("{nobody}");
  });

  test("is met by any of a kind, which is known from there on", () => {
    const values = known();
    expect(meet(["{id:hex} {:time}"], ["ab12 2026-01-01T00:00:00.000Z"], values)).toEqual([
      "ab12 2026-01-01T00:00:00.000Z",
    ]);
    expect(values.get("id")).toBe("ab12");
    expect(meet(["{id:hex}"], ["xyz"], values)).toEqual(["{id:hex}"]);
    expect(() => meet(["{:nothing}"], ["x"], values)).toThrow("nothing");
  });
});

test("a command has environment, words and quotes", () => {
  const command = fill(`A=1 B='2 3' postern db query --x="{x}"'s' "select 'a'"`, new Map([["x", "y z"]]));
  expect(parseCommand(command)).toEqual({
    env: { A: "1", B: "2 3" },
    args: ["db", "query", "--x=y zs", "select 'a'"],
  });
});
