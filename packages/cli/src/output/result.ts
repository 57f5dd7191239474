/** A statement's result as CSV and as JSON. */
import type { QueryResult } from "../query.ts";

/**
 * RFC 4180 with the line ends of psql's `--csv`, NULL empty and an empty text quoted. Safe to open in a spreadsheet: what
 * it would take for a formula (OWASP, "CSV Injection") gets an apostrophe in front.
 */
export function formatCsv({ columns, rows }: QueryResult): string {
  const header = columns.map(({ name }) => name);
  return [header, ...rows].map((row) => row.map(csvField).join(",")).join("\n");
}

/** With a full-width sign, too. A sign before nothing but words and numbers (`-1`, `-1 days +02:03`) computes nothing. */
const formula = /^(?:[=@\t\r\uff1d\uff20\uff0b\uff0d]|[+-].*[^\w.:+\- ])/s;

function csvField(value: string | null): string {
  if (value === null) return "";
  const safe = formula.test(value) ? `'${value}` : value;
  return safe === "" || /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * An array with an object for each row, values as PostgreSQL's `to_json` gives them: booleans, numbers in all their
 * digits, json as it is, NULL as null, and whatever else as text.
 */
export function formatJson({ columns, rows }: QueryResult): string {
  const names = distinctNames(columns.map(({ name }) => name)).map((name) => JSON.stringify(name));
  const objects = rows.map((row) => {
    const fields = row.map((value, index) => `${names[index]}:${jsonValue(value, columns[index]?.typeId)}`);
    return `{${fields.join(",")}}`;
  });
  return objects.length === 0 ? "[]" : `[\n${objects.join(",\n")}\n]`;
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
