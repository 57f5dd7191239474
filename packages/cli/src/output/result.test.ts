import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distinctNames, formatCsv, formatJson } from "./result.ts";

const text = 25;
const columns = (...names: string[]) => names.map((name) => ({ name, typeId: text }));
const csvOf = (value: string | null) => formatCsv({ columns: columns("c"), rows: [[value]], tag: "" });

describe("CSV", () => {
  test("is RFC 4180 with psql's line ends; NULL is empty, an empty text is quoted", () => {
    const rows = [
      ["a,b", 'say "x"', null],
      ["two\nlines", "", "plain"],
    ];
    expect(formatCsv({ columns: columns("x", "y,z", "n"), rows, tag: "" })).toBe(
      'x,"y,z",n\n"a,b","say ""x""",\n"two\nlines","",plain',
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
  ])("makes a text of the formula %j", (formula) => {
    expect(csvOf(formula)).toMatch(/^c\n"?'/);
  });

  test.each(["-1", "+1.5e10", "-1 days +02:03:04", "-infinity", "a=b", "1-1", "2026-01-01"])(
    "leaves %s as it is",
    (value) => {
      expect(csvOf(value)).toBe(`c\n${value}`);
    },
  );

  test("makes a text of a column's name, too", () => {
    expect(formatCsv({ columns: columns("=1+1"), rows: [], tag: "" })).toBe("'=1+1");
  });
});

describe("JSON", () => {
  const rowOf = (typeId: number, value: string | null) => {
    return formatJson({ columns: [{ name: "c", typeId }], rows: [[value]], tag: "" });
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
  ])("has %s as `to_json` gives it", (_, typeId, value, json) => {
    expect(rowOf(typeId, value)).toBe(`[\n{"c":${json}}\n]`);
  });

  test("without rows is an empty array", () => {
    expect(formatJson({ columns: [], rows: [], tag: "INSERT 1" })).toBe("[]");
  });

  test("keeps every column, whatever their names", () => {
    const names = fc.array(fc.oneof(fc.constantFrom("a", "a_2", "__proto__", "?column?"), fc.string()));
    fc.assert(
      fc.property(names, (names) => {
        const rows = [names.map((_, index) => `value ${index}`)];
        const [row] = JSON.parse(formatJson({ columns: columns(...names), rows, tag: "" })) as [object];
        expect(Object.entries(row)).toHaveLength(names.length);
        expect(new Set(Object.values(row))).toEqual(new Set(rows[0]));
      }),
    );
  });
});

test("names that are taken twice get a number that nobody has", () => {
  expect(distinctNames(["a", "a", "a_2", "a"])).toEqual(["a", "a_3", "a_2", "a_4"]);
});
