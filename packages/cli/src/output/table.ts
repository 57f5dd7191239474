/** Tables for people: columns as wide as their contents, made narrower where the terminal is. */
import { printableLine } from "@postern/core/printable";
import { displayWidth, padEnd, truncate } from "./width.ts";

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Titles of the columns that may be cut to fit; the others hold what people copy. */
  readonly flexible?: readonly string[];
}

const gap = "  ";
const narrowest = 8;
/** One long cell must not blow up every other row. */
const widestPadding = 100;

/** How wide each column is, and which may be cut. */
export interface Layout {
  readonly widths: readonly number[];
  readonly isFlexible: readonly boolean[];
  /** Columns of the terminal; Infinity where the output is none: then nothing is cut. */
  readonly width: number;
}

/** The lines of a table, the header first. */
export function formatTable(table: Table, width: number): string[] {
  const layout = layOut(table, width);
  return [table.header, ...table.rows].map((row) => formatRow(row, layout));
}

/** As wide as its rows need, or as there is room. Rows that it doesn't know may reach over the edge. */
export function layOut({ header, rows, flexible = [] }: Table, width: number): Layout {
  const lines = [header, ...rows].map((row) => row.map(printableLine));
  const natural = header.map((_, column) =>
    lines.reduce((widest, row) => Math.max(widest, displayWidth(row[column] ?? "")), 0),
  );
  const isFlexible = header.map((title) => flexible.includes(title));
  return { widths: width === Infinity ? natural : fit(natural, isFlexible, width), isFlexible, width };
}

/** A row's line, made safe for the terminal. */
export function formatRow(row: readonly string[], { widths, isFlexible, width }: Layout): string {
  const cells = row.map(printableLine);
  if (width === Infinity) return joinCells(cells, widths);
  const cut = cells.map((cell, column) => (isFlexible[column] ? truncate(cell, widths[column] ?? 0) : cell));
  return truncate(joinCells(cut, widths), width);
}

/** The last column isn't padded: no line ends in spaces. */
function joinCells(row: readonly string[], widths: readonly number[]): string {
  const padded = row.map((cell, column) =>
    column === row.length - 1 ? cell : padEnd(cell, Math.min(widths[column] ?? 0, widestPadding)),
  );
  return padded.join(gap).trimEnd();
}

/** Takes from the widest flexible column until the row fits, or none can give more. */
function fit(natural: readonly number[], isFlexible: readonly boolean[], width: number): number[] {
  const fitted = natural.map((each, column) => (isFlexible[column] ? Math.min(each, width) : each));
  const room = width - gap.length * (fitted.length - 1);
  for (let excess = fitted.reduce((sum, each) => sum + each, 0) - room; excess > 0; excess--) {
    const widest = Math.max(...fitted.filter((_, column) => isFlexible[column]));
    if (widest <= narrowest) break; // -Infinity where none is flexible
    fitted[fitted.findIndex((each, column) => isFlexible[column] && each === widest)] = widest - 1;
  }
  return fitted;
}
