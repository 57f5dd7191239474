/** Results as CSV. */
import type { Row } from "../../sql/statement.ts";
import type { Sink } from "../sink.ts";
import { note } from "../write.ts";
import type { Printer } from "./printer.ts";

/**
 * Several results stand apart by an empty line. A statement without rows is told on stderr: here it would be a row.
 */
export function csvPrinter(sink: Sink): Printer {
  let results = 0;
  let hasRows = false;
  return {
    columns(columns) {
      hasRows = true;
      results += 1;
      const gap = results > 1 ? "\n" : "";
      return sink.write(`${gap}${formatCsvRow(columns.map(({ name }) => name))}\n`);
    },
    row: (row) => sink.write(`${formatCsvRow(row)}\n`),
    complete(tag) {
      if (!hasRows && tag !== "") note(tag);
      hasRows = false;
      return sink.flush();
    },
    copyOut: (data) => sink.writeBytes(data),
    end: () => sink.flush(),
  };
}

/**
 * RFC 4180 with the line ends of psql's `--csv`, NULL empty and an empty text quoted. Safe to open in a spreadsheet: what
 * it would take for a formula (OWASP, "CSV Injection") gets an apostrophe in front.
 */
export function formatCsvRow(row: Row): string {
  return row.map(csvField).join(",");
}

/** With a full-width sign, too. A sign before nothing but words and numbers (`-1`, `-1 days +02:03`) computes nothing. */
const formula = /^(?:[=@\t\r\uff1d\uff20\uff0b\uff0d]|[+-].*[^\w.:+\- ])/s;

function csvField(value: string | null): string {
  if (value === null) return "";
  const safe = formula.test(value) ? `'${value}` : value;
  return safe === "" || /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
