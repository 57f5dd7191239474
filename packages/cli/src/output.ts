/** What goes to stdout: one JSON value, or text and tables fit for the terminal. Diagnostics never do. */
import { styleText } from "node:util";

export type Format = "text" | "json" | "yaml";

export function writeLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function writeJson(value: unknown): void {
  writeLine(JSON.stringify(value, null, 2));
}

/** For people, on stderr. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function bold(text: string): string {
  return styleText("bold", text, { stream: process.stdout });
}

/**
 * Text from elsewhere, made safe for a terminal: control characters (C0, C1, DEL), which could move the cursor, set
 * the clipboard (OSC 52) or hide text, and bidirectional overrides, are shown as escapes. Tabs and line ends stay.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    if (character === "\n" || character === "\t") return character;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** The same on one line. */
export function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, " ").trim();
}

/** Columns as wide as their contents; the last one is cut to the terminal's width, and only on a terminal. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(oneLine));
  const widths = header.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const format = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === header.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join("  ");
  return [bold(format(header)), ...cells.map((row) => cut(format(row)))].join("\n");
}

function cut(line: string): string {
  const width = process.stdout.isTTY ? process.stdout.columns : undefined;
  return width === undefined || line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
