import { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Column, Row } from "../../sql/statement.ts";
import { Sink } from "../sink.ts";
import { distinctNames } from "./json.ts";
import { createPrinter, type ResultFormat } from "./printer.ts";

const text = 25;
const columns = (...names: string[]) => names.map((name) => ({ name, typeId: text }));

interface Result {
  readonly columns?: readonly Column[];
  readonly rows?: readonly Row[];
  readonly tag?: string;
}

const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
afterEach(() => said.mockClear());

/** What is written of these results, each piece awaited as a session does it. */
async function print(format: ResultFormat, ...results: Result[]): Promise<string> {
  let written = "";
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      written += chunk.toString();
      setImmediate(done);
    },
  });
  const printer = createPrinter(format, new Sink(stream), results.length);
  for (const { columns, rows = [], tag = "SELECT" } of results) {
    if (columns) await printer.columns(columns);
    for (const row of rows) await printer.row(row);
    await printer.complete(tag);
  }
  await printer.end();
  await finished(stream.end());
  return written;
}

const csvOf = (value: string | null) => print("csv", { columns: columns("c"), rows: [[value]] });

describe("CSV", () => {
  test("is RFC 4180 with psql's line ends; NULL is empty, an empty text is quoted", async () => {
    const rows = [
      ["a,b", 'say "x"', null],
      ["two\nlines", "", "plain"],
    ];
    expect(await print("csv", { columns: columns("x", "y,z", "n"), rows })).toBe(
      'x,"y,z",n\n"a,b","say ""x""",\n"two\nlines","",plain\n',
    );
  });

  test.each([
    "=1+1",
    "=cmd|'/c calc'!A0",
    "@SUM(A1)",
    "+1+cmd|'/c calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "\t=1",
    "\r=1",
    "\uff1d1+1",
    "-HYPERLINK(A1)",
  ])("makes a text of the formula %j", async (formula) => {
    expect(await csvOf(formula)).toMatch(/^c\n"?'/);
  });

  test.each(["-1", "+1.5e10", "-1 days +02:03:04", "-infinity", "a=b", "1-1", "2026-01-01"])(
    "leaves %s as it is",
    async (value) => {
      expect(await csvOf(value)).toBe(`c\n${value}\n`);
    },
  );

  test("makes a text of a column's name, too", async () => {
    expect(await print("csv", { columns: columns("=1+1") })).toBe("'=1+1\n");
  });

  test("of several results stands apart by an empty line; what has no rows is told on stderr", async () => {
    const one = { columns: columns("a"), rows: [["1"]] };
    expect(await print("csv", one, { tag: "INSERT 0 1" }, one)).toBe("a\n1\n\na\n1\n");
    expect(said.mock.calls.join("")).toBe("INSERT 0 1\n");
  });
});

describe("JSON", () => {
  const rowOf = (typeId: number, value: string | null) => {
    return print("json", { columns: [{ name: "c", typeId }], rows: [[value]] });
  };

  test.each([
    ["a boolean", 16, "t", "true"],
    ["an integer in all its digits", 20, "9007199254740993", "9007199254740993"],
    ["a numeric with its scale", 1700, "1.50", "1.50"],
    ["a float", 701, "-1.5e-07", "-1.5e-07"],
    ["what is no number in JSON", 701, "NaN", '"NaN"'],
    ["what a server calls a number and isn't one", 23, "1]", '"1]"'],
    ["json", 114, '{"a":\r\n 1}', '{"a":  1}'],
    ["jsonb", 3802, '{"a": [1]}', '{"a": [1]}'],
    ["a text of digits", 25, "1", '"1"'],
    ["an array, as PostgreSQL writes it", 1007, "{1,2}", '"{1,2}"'],
    ["NULL", 23, null, "null"],
  ])("has %s as `to_json` gives it", async (_, typeId, value, json) => {
    expect(await rowOf(typeId, value)).toBe(`[\n{"c":${json}}\n]\n`);
  });

  test("without rows is an empty array", async () => {
    expect(await print("json", { tag: "INSERT 0 1" })).toBe("[]\n");
    expect(await print("json", { columns: columns("a") })).toBe("[]\n");
  });

  test("of several statements is an array with each one's result", async () => {
    const some = { columns: columns("a"), rows: [["1"], ["2"]] };
    const text = await print("json", some, { tag: "SET" }, { columns: columns("b") }, some);
    expect(JSON.parse(text)).toEqual([[{ a: "1" }, { a: "2" }], [], [], [{ a: "1" }, { a: "2" }]]);
  });

  test("keeps every column, whatever their names", async () => {
    const names = fc.array(fc.oneof(fc.constantFrom("a", "a_2", "__proto__", "?column?"), fc.string()));
    await fc.assert(
      fc.asyncProperty(names, async (names) => {
        const rows = [names.map((_, index) => `value ${index}`)];
        const [row] = JSON.parse(await print("json", { columns: columns(...names), rows })) as [object];
        expect(Object.entries(row)).toHaveLength(names.length);
        expect(new Set(Object.values(row))).toEqual(new Set(rows[0]));
      }),
    );
  });
});

test("names that are taken twice get a number that nobody has", () => {
  expect(distinctNames(["a", "a", "a_2", "a"])).toEqual(["a", "a_3", "a_2", "a_4"]);
});

describe("a table", () => {
  test("counts its rows; results stand apart, and what has no rows is its tag", async () => {
    const one = { columns: columns("a", "b"), rows: [["1", null]] };
    expect(await print("table", one, { tag: "INSERT 0 1" }, { columns: columns("a") })).toBe(
      "a  b\n1\n(1 row)\n\nINSERT 0 1\n\na\n(0 rows)\n",
    );
  });

  test("holds no more rows than it needs to know its widths", async () => {
    const rows = Array.from({ length: 2_500 }, (_, index) => [`${index}`, "x"]);
    rows[2_400] = ["wider than all before", "x"];
    const lines = (await print("table", { columns: columns("n", "x"), rows })).split("\n");
    expect(lines.slice(0, 3)).toEqual(["n    x", "0    x", "1    x"]);
    expect(lines[2_401]).toBe("wider than all before  x");
    expect(lines.at(-2)).toBe("(2500 rows)");
  });
});
