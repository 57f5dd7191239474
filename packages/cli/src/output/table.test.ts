import { describe, expect, test } from "vitest";
import { formatTable } from "./table.ts";

const table = {
  header: ["Name", "Description", "Connect"],
  rows: [
    ["aurora", "orders and customers of the shop", "connect aurora"],
    ["日本", "", "x"],
  ],
};

describe("a table", () => {
  test("has columns as wide as what is in them, and no spaces at the end of a line", () => {
    expect(formatTable(table, Infinity)).toEqual([
      "Name    Description                       Connect",
      "aurora  orders and customers of the shop  connect aurora",
      "日本                                      x",
    ]);
  });

  test("becomes narrower where it may, and keeps whole what people copy", () => {
    expect(formatTable({ ...table, flexible: ["Description"] }, 40)).toEqual([
      "Name    Description       Connect",
      "aurora  orders and cust…  connect aurora",
      "日本                      x",
    ]);
  });

  test("is cut at the terminal's edge where that isn't enough", () => {
    for (const width of [10, 25, 33]) {
      const lines = formatTable({ ...table, flexible: ["Description"] }, width);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    }
  });

  test("takes from the widest column first", () => {
    const wide = { header: ["A", "B"], rows: [["a".repeat(50), "b".repeat(20)]], flexible: ["A", "B"] };
    expect(formatTable(wide, 42)[1]).toBe(`${"a".repeat(19)}…  ${"b".repeat(20)}`);
    expect(formatTable(wide, 32)[1]).toBe(`${"a".repeat(14)}…  ${"b".repeat(14)}…`);
  });

  test("with a cell of megabytes doesn't fill every row with as many spaces", () => {
    const rows = [
      ["x".repeat(1_000_000), "end"],
      ["y", "end"],
    ];
    const [, first = "", second = ""] = formatTable({ header: ["a", "b"], rows }, Infinity);
    expect(first).toHaveLength(1_000_005);
    expect(second.length).toBeLessThan(200);
    expect(formatTable({ header: ["a", "b"], rows, flexible: ["a", "b"] }, 80)[1]).toHaveLength(80);
  });

  test("shows what could move the cursor or fake a row as escapes, in titles as well", () => {
    const lines = formatTable({ header: ["a\x1b[2J"], rows: [["x\ny\x9b"]] }, Infinity);
    expect(lines).toEqual(["a\\u001b[2J", "x\\ny\\u009b"]);
  });

  test("without rows has its header", () => {
    expect(formatTable({ header: ["a", "b"], rows: [] }, 80)).toEqual(["a  b"]);
  });
});
