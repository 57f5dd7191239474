/** Tables for people: columns as wide as their contents, made narrower where the terminal is. */
import { printableLine } from "./printable.ts";
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

/**
 * The lines of a table, the header first.
 * @param width columns of the terminal; Infinity where the output is none: then nothing is cut
 */
export function formatTable({ header, rows, flexible = [] }: Table, width: number): string[] {
  const lines = [header, ...rows].map((row) => row.map(printableLine));
  const natural = header.map((_, column) =>
    lines.reduce((widest, row) => Math.max(widest, displayWidth(row[column] ?? "")), 0),
  );
  if (width === Infinity) return lines.map((row) => formatRow(row, natural));
  const isFlexible = header.map((title) => flexible.includes(title));
  const fitted = fit(natural, isFlexible, width);
  const cutCell = (cell: string, column: number) =>
    isFlexible[column] ? truncate(cell, fitted[column] ?? 0) : cell;
  return lines.map((row) => truncate(formatRow(row.map(cutCell), fitted), width));
}

/** The last column isn't padded: no line ends in spaces. */
function formatRow(row: readonly string[], widths: readonly number[]): string {
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
