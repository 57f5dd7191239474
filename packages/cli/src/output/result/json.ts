/** Results as JSON. */
import type { Column, Row } from "../../sql/statement.ts";
import type { Sink } from "../sink.ts";
import { note } from "../write.ts";
import type { Printer } from "./printer.ts";

/**
 * One statement's result is an array with an object for each row; of several it is an array of such arrays, one for each
 * statement. A statement without rows has an empty one.
 */
export function jsonPrinter(sink: Sink, statements: number): Printer {
  const several = statements > 1;
  let results = 0;
  let rows = 0;
  let columns: readonly Column[] = [];
  let names: readonly string[] = [];
  return {
    columns(given) {
      columns = given;
      names = distinctNames(given.map(({ name }) => name));
      if (names.some((name, index) => name !== given[index]?.name))
        note(`several columns have the same name; here they are called ${names.join(", ")}`);
      return undefined;
    },
    row(row) {
      rows += 1;
      const begin = rows > 1 ? ",\n" : `${several ? separator(results) : ""}[\n`;
      return sink.print(`${begin}${formatJsonRow(row, names, columns)}`);
    },
    complete() {
      if (!several && results > 0) return undefined; // a rule's: there was one statement
      const end = rows > 0 ? "\n]" : `${several ? separator(results) : ""}[]`;
      results += 1;
      rows = 0;
      return sink.print(end);
    },
    copyOut: () => undefined,
    async end() {
      if (several) await sink.print(`${results === 0 ? "[" : ""}\n]`);
      await sink.print("\n");
      await sink.flush();
    },
  };
}

function separator(results: number): string {
  return results === 0 ? "[\n" : ",\n";
}

/**
 * Values as PostgreSQL's `to_json` gives them: booleans, numbers in all their digits, json as it is, NULL as null, and
 * whatever else as text.
 */
export function formatJsonRow(row: Row, names: readonly string[], columns: readonly Column[]): string {
  const fields = row.map(
    (value, index) => `${JSON.stringify(names[index] ?? "")}:${jsonValue(value, columns[index]?.typeId)}`,
  );
  return `{${fields.join(",")}}`;
}

/** OIDs of pg_type.dat: bool; int8, int2, int4, float4, float8, numeric; json, jsonb. */
const booleanType = 16;
const numberTypes: readonly unknown[] = [20, 21, 23, 700, 701, 1700];
const jsonTypes: readonly unknown[] = [114, 3802];

/** RFC 8259, section 6: NaN and Infinity are none. */
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function jsonValue(value: string | null, typeId: number | undefined): string {
  if (value === null) return "null";
  if (typeId === booleanType) return value === "t" ? "true" : "false";
  if (numberTypes.includes(typeId) && jsonNumber.test(value)) return value;
  if (jsonTypes.includes(typeId)) return value.replace(/[\r\n]+/g, " "); // between tokens alone: strings hold none
  return JSON.stringify(value);
}

/** Of several columns with one name, later ones get a number behind it, so that an object loses none. */
export function distinctNames(names: readonly string[]): string[] {
  const given = new Set(names);
  const counts = new Map<string, number>();
  return names.map((name) => {
    let count = (counts.get(name) ?? 0) + 1;
    while (count > 1 && given.has(`${name}_${count}`)) count++;
    counts.set(name, count);
    return count === 1 ? name : `${name}_${count}`;
  });
}
