import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countStatements, type Item, StatementScanner } from "./scanner.ts";

/** What a text gives that comes line by line, and what is left. */
function scan(text: string, standardStrings = true) {
  const scanner = new StatementScanner({ commands: true, standardStrings: () => standardStrings });
  const items: Item[] = text.split("\n").flatMap((line) => scanner.push(line));
  return { items, open: scanner.open, pending: scanner.pending };
}
const statementsOf = (text: string) => scan(text).items.map((item) => item.text);

describe("a statement ends", () => {
  test.each([
    ["at a semicolon", "select 1; select 2;", ["select 1;", "select 2;"]],
    ["on a later line", "select\n 1\n;", ["select\n 1\n;"]],
    ["and blanks around it are no part of it", "  select 1 ;  ", ["select 1 ;"]],
    ["and nothing between two semicolons is none", ";; select 1;;", ["select 1;"]],
    ["but not in a string", "select 'a;''b;';", ["select 'a;''b;';"]],
    [
      "but not in a string with escapes",
      String.raw`select E'\';', e'a''\';';`,
      [String.raw`select E'\';', e'a''\';';`],
    ],
    [
      "and a backslash escapes nothing elsewhere",
      String.raw`select 'a\'; select 1;`,
      [String.raw`select 'a\';`, "select 1;"],
    ],
    ["but not in an identifier", 'select ";""";', ['select ";""";']],
    ["but not in dollar quotes", "select $$;$a$;$$, $a$;$$;$b$;$a$;", ["select $$;$a$;$$, $a$;$$;$b$;$a$;"]],
    [
      "and a parameter is no dollar quote",
      "select $1; select a$b$; select 2;",
      ["select $1;", "select a$b$;", "select 2;"],
    ],
    [
      "but not in a comment",
      "select 1 -- ;\n; select /* ; /* ; */ ; */ 2;",
      ["select 1 -- ;\n;", "select /* ; /* ; */ ; */ 2;"],
    ],
    [
      "but not in parentheses",
      "create rule r as on insert to t do (a; b);",
      ["create rule r as on insert to t do (a; b);"],
    ],
    [
      "but not in a function's body",
      "create or replace function f() returns int begin atomic; select case when a then 1 end; end; select 1;",
      [
        "create or replace function f() returns int begin atomic; select case when a then 1 end; end;",
        "select 1;",
      ],
    ],
    [
      "and begin is a statement elsewhere",
      "begin; create table t (a int); end;",
      ["begin;", "create table t (a int);", "end;"],
    ],
    ["and a comment before it belongs to it", "-- why\nselect 1;", ["-- why\nselect 1;"]],
  ])("%s: %s", (_, text, statements) => {
    expect(statementsOf(text)).toEqual(statements);
  });
});

test("where standard_conforming_strings is off, a backslash escapes in every string", () => {
  expect(scan(String.raw`select 'a\';';`, false).items).toHaveLength(1);
});

describe("what is open", () => {
  test.each([
    ["", "none"],
    ["-- a comment", "none"],
    ["select 1;", "none"],
    ["select", "statement"],
    ["select '", "string"],
    ['select "', "identifier"],
    ["select $x$ $$", "dollar"],
    ["/* /* */", "comment"],
    ["select (", "parenthesis"],
  ])("after %j: %s", (text, open) => {
    expect(scan(text).open).toBe(open);
  });
});

describe("a command", () => {
  test("begins at a backslash that nothing quotes, and takes the line's rest", () => {
    expect(scan(String.raw`\d books; \x`).items).toEqual([
      { type: "command", text: String.raw`d books; \x` },
    ]);
    expect(scan(String.raw`select '\d' \gx`)).toMatchObject({
      items: [{ type: "command", text: "gx" }],
      pending: String.raw`select '\d'`,
    });
    expect(scan("select '\n\\d").items).toEqual([]);
  });

  test("is a character like others where there are none", () => {
    expect(countStatements(String.raw`select 1 \ 2; select 2`)).toBe(2);
  });
});

test("no text makes it fail or lose a character but blanks", () => {
  const piece = fc.constantFrom(
    "'",
    '"',
    "$$",
    "$a$",
    "(",
    ")",
    ";",
    "--",
    "/*",
    "*/",
    "\n",
    " ",
    "E",
    "\\",
    "begin",
    "create",
    "function",
    "case",
    "end",
    "é",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 }))), (pieces) => {
      const text = pieces.join("");
      const scanner = new StatementScanner({ commands: false });
      const items = text.split("\n").flatMap((line) => scanner.push(line));
      const squeeze = (value: string) => value.replaceAll(/[\s;]/g, "");
      const comments = squeeze([...items.map((item) => item.text), scanner.pending].join("\n"));
      expect(squeeze(text).length).toBeGreaterThanOrEqual(comments.length);
      expect(squeeze(text).endsWith(squeeze(scanner.pending))).toBe(true);
    }),
  );
});
