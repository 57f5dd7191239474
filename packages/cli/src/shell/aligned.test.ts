import { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { expect, test } from "vitest";
import { Sink } from "../output/sink.ts";
import type { Row } from "../sql/statement.ts";
import { type AlignedOptions, alignedPrinter } from "./aligned.ts";

const columns = [
  { name: "n", typeId: 23 },
  { name: "text", typeId: 25 },
];

async function print(rows: readonly Row[], options: AlignedOptions = {}): Promise<string[]> {
  let written = "";
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      written += chunk.toString();
      done();
    },
  });
  const printer = alignedPrinter(new Sink(stream), options);
  await printer.columns(columns);
  for (const row of rows) await printer.row(row);
  await printer.complete(`SELECT ${rows.length}`);
  await printer.end();
  await finished(stream.end());
  return written.split("\n");
}

test("numbers stand to the right, texts to the left, by their width on a terminal", async () => {
  expect(
    await print([
      ["1", "日本"],
      ["1234", null],
    ]),
  ).toEqual(["  n   | text ", "------+------", "    1 | 日本", " 1234 | ", "(2 rows)", "", ""]);
});

test("a cell of several lines goes on below, what could move the cursor is shown", async () => {
  expect(await print([["1", "a\nbcd\n\u001b[2J"]])).toEqual([
    " n |   text    ",
    "---+-----------",
    " 1 | a        +",
    "   | bcd      +",
    "   | \\u001b[2J",
    "(1 row)",
    "",
    "",
  ]);
});

test("expanded, each column has a line", async () => {
  expect(await print([["1", "a\nb"]], { expanded: true })).toEqual([
    "-[ RECORD 1 ]",
    "n    | 1",
    "text | a",
    "     | b",
    "",
    "",
  ]);
  expect(await print([], { expanded: true })).toEqual(["(0 rows)", "", ""]);
});

test("a title stands above the middle", async () => {
  expect((await print([], { title: "List of x" }))[0]).toBe("List of x ");
});

test("of many rows the first ones tell the widths", async () => {
  const rows = Array.from({ length: 1_200 }, (_, index): Row => [String(index), "x"]);
  const lines = await print(rows);
  expect(lines).toHaveLength(1_200 + 5);
  expect(lines[1_100]).toBe(" 1098 | x");
});
