import type { Results, Taken } from "../../sql/statement.ts";
import type { Sink } from "../sink.ts";
import { csvPrinter } from "./csv.ts";
import { jsonPrinter } from "./json.ts";
import { tablePrinter } from "./table.ts";

/** Prints results as they come: it holds no more of them than a table needs for its widths. */
export interface Printer extends Omit<Results, "copyIn"> {
  /** After the last result. */
  end(): Taken;
}

export type ResultFormat = "table" | "csv" | "json";

/** @param statements how many results there will be: in JSON several are an array of results */
export function createPrinter(format: ResultFormat, sink: Sink, statements: number): Printer {
  switch (format) {
    case "table":
      return tablePrinter(sink, process.stdout.columns || Infinity);
    case "csv":
      return csvPrinter(sink);
    case "json":
      return jsonPrinter(sink, statements);
    default:
      return format satisfies never;
  }
}
