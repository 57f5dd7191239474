/** Results as tables for people. */
import { styleText } from "node:util";
import type { Column, Row, Taken } from "../../sql/statement.ts";
import type { Sink } from "../sink.ts";
import { formatRow, type Layout, layOut } from "../table.ts";
import type { Printer } from "./printer.ts";

/** The first rows tell how wide the columns are; those that follow are printed as they come. */
const sample = 1_000;

/** @param width columns of the terminal; Infinity where the output is none */
export function tablePrinter(sink: Sink, width: number): Printer {
  let columns: readonly Column[] | undefined;
  let waiting: string[][] = [];
  let layout: Layout | undefined;
  let rows = 0;
  let results = 0;

  const begin = (): Layout => {
    const header = (columns ?? []).map(({ name }) => name);
    const made = layOut({ header, rows: waiting, flexible: header }, width);
    const [first = "", ...others] = [header, ...waiting].map((row) => formatRow(row, made));
    const title = styleText("bold", first, { stream: process.stdout });
    void sink.print([gap(), title, ...others.map((line) => `\n${line}`), "\n"].join(""));
    waiting = [];
    return made;
  };
  const gap = () => (results > 0 ? "\n" : "");

  return {
    columns(given): Taken {
      columns = given;
      return undefined;
    },
    row(row: Row): Taken {
      rows += 1;
      const cells = row.map((value) => value ?? "");
      if (layout) return sink.print(`${formatRow(cells, layout)}\n`);
      waiting.push(cells);
      if (waiting.length >= sample) layout = begin();
      return undefined;
    },
    complete(tag): Taken {
      if (columns) {
        layout ??= begin();
        void sink.print(`(${rows} ${rows === 1 ? "row" : "rows"})\n`);
      } else if (tag !== "") void sink.print(`${gap()}${tag}\n`);
      columns = layout = undefined;
      rows = 0;
      results += 1;
      return sink.flush();
    },
    copyOut: (data) => sink.writeBytes(data),
    end: () => sink.flush(),
  };
}
