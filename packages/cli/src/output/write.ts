/** What goes to stdout: one JSON value, text, a table or data. Diagnostics go to stderr, through `note`. */
import { styleText } from "node:util";
import { printable } from "@postern/core/printable";
import { formatTable, type Table } from "./table.ts";

/** Text for people, made safe for their terminal. */
export function writeLine(text: string): void {
  writeRaw(printable(text));
}

/** A table for people, as wide as their terminal. */
export function writeTable(table: Table): void {
  const [header = "", ...rows] = formatTable(table, process.stdout.columns || Infinity);
  writeRaw([styleText("bold", header, { stream: process.stdout }), ...rows].join("\n")); // honours NO_COLOR
}

/** Data for programs: as it is, unless it is a terminal that reads it. */
export function writeData(text: string): void {
  if (process.stdout.isTTY) writeLine(text);
  else writeRaw(text);
}

/** One JSON value. Text of JSON stays the same JSON when it is made printable: escapes are all that changes. */
export function writeJson(value: unknown): void {
  writeLine(JSON.stringify(value, null, 2));
}

/** One JSON value on a line, where more are to come. */
export function writeJsonLine(value: unknown): void {
  writeLine(JSON.stringify(value));
}

/** For people, on stderr. */
export function note(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

function writeRaw(text: string): void {
  process.stdout.write(`${text}\n`);
}
