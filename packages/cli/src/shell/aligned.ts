/** Results as psql shows them: aligned, or a line for each column (`\x`). */
import { printable, printableLine } from "@postern/core/printable";
import type { Printer } from "../output/result/printer.ts";
import type { Sink } from "../output/sink.ts";
import { displayWidth, padEnd } from "../output/width.ts";
import type { Column, Row, Taken } from "../sql/statement.ts";

export interface AlignedOptions {
  /** A line for each column. */
  readonly expanded?: boolean;
  /** Above the table. */
  readonly title?: string;
}

/** The first rows tell how wide the columns are; those that follow are printed as they come. */
const sample = 1_000;

/** OIDs of pg_type.dat whose values stand to the right: int8, int2, int4, oid, xid, cid, float4, float8, money, numeric. */
const numberTypes: ReadonlySet<number> = new Set([20, 21, 23, 26, 28, 29, 700, 701, 790, 1700]);

export function alignedPrinter(sink: Sink, { expanded = false, title }: AlignedOptions = {}): Printer {
  let columns: readonly Column[] | undefined;
  let waiting: Row[] = [];
  let begun: ((row: Row, index: number) => string) | undefined;
  let rows = 0;

  const begin = (given: readonly Column[]) => {
    const layout = expanded ? layOutRecords(given, waiting) : layOutTable(given, waiting);
    const above = title === undefined || expanded ? "" : `${centre(title, displayWidth(layout.rule))}\n`;
    void sink.print(above + layout.header);
    for (const [index, row] of waiting.entries()) void sink.print(layout.format(row, index));
    waiting = [];
    return layout.format;
  };

  return {
    columns(given): Taken {
      columns = given;
      return undefined;
    },
    row(row): Taken {
      rows += 1;
      if (begun) return sink.print(begun(row, rows - 1));
      waiting.push(row);
      if (columns && waiting.length >= sample) begun = begin(columns);
      return undefined;
    },
    complete(tag): Taken {
      if (columns) {
        begun ??= begin(columns);
        const count = expanded && rows > 0 ? "" : `(${rows} ${rows === 1 ? "row" : "rows"})\n`;
        void sink.print(`${count}\n`);
      } else if (tag !== "") void sink.print(`${tag}\n`);
      columns = begun = undefined;
      rows = 0;
      return sink.flush();
    },
    copyOut: (data) => sink.writeBytes(data),
    end: () => sink.flush(),
  };
}

interface Layout {
  readonly header: string;
  readonly rule: string;
  readonly format: (row: Row, index: number) => string;
}

function layOutTable(columns: readonly Column[], rows: readonly Row[]): Layout {
  const names = columns.map(({ name }) => printableLine(name));
  const widths = names.map((name, index) => widest([name, ...rows.map((row) => row[index] ?? "")]));
  const rule = widths.map((width) => "-".repeat(width + 2)).join("+");
  const header = names.map((name, index) => ` ${centre(name, widths[index] ?? 0)} `).join("|");
  const right = columns.map(({ typeId }) => numberTypes.has(typeId));
  return { rule, header: `${header}\n${rule}\n`, format: (row) => formatRow(row, widths, right) };
}

/** A cell of several lines goes on below, with `+` behind each line that isn't its last. */
function formatRow(row: Row, widths: readonly number[], right: readonly boolean[]): string {
  const cells = row.map((value) => linesOf(value ?? ""));
  const height = Math.max(1, ...cells.map(({ length }) => length));
  const lines = Array.from({ length: height }, (_, line) => {
    const parts = cells.map((cell, index) => {
      const text = cell[line] ?? "";
      const width = widths[index] ?? 0;
      const goesOn = line < cell.length - 1;
      const isLast = index === cells.length - 1;
      const padded = right[index] ? padStart(text, width) : isLast && !goesOn ? text : padEnd(text, width);
      return ` ${padded}${goesOn ? "+" : isLast ? "" : " "}`;
    });
    return `${parts.join("|")}\n`;
  });
  return lines.join("");
}

function layOutRecords(columns: readonly Column[], rows: readonly Row[]): Layout {
  const names = columns.map(({ name }) => printableLine(name));
  const nameWidth = widest(names);
  const valueWidth = widest(rows.flatMap((row) => row.map((value) => value ?? "")));
  const rule = `${"-".repeat(nameWidth + 1)}+${"-".repeat(valueWidth + 1)}`;
  return {
    header: "",
    rule,
    format(row, index) {
      const title = `-[ RECORD ${index + 1} ]`;
      const head = `${title}${rule.slice(title.length)}\n`;
      const lines = names.map((name, column) => formatField(padEnd(name, nameWidth), row[column] ?? ""));
      return head + lines.join("");
    },
  };
}

function formatField(name: string, value: string): string {
  const [first = "", ...others] = linesOf(value);
  const below = others.map((line) => `${" ".repeat(displayWidth(name))} | ${line}\n`);
  return `${name} | ${first}\n${below.join("")}`;
}

function widest(texts: readonly string[]): number {
  return texts.reduce(
    (width, text) => linesOf(text).reduce((most, line) => Math.max(most, displayWidth(line)), width),
    0,
  );
}

function linesOf(text: string): string[] {
  return printable(text).replaceAll("\t", "        ").split("\n");
}

function centre(text: string, width: number): string {
  const left = Math.max(0, Math.floor((width - displayWidth(text)) / 2));
  return padEnd(" ".repeat(left) + text, width);
}

function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - displayWidth(text))) + text;
}
