/** Runs one statement over a tunnel, without psql. */
import pg from "pg";
import type { Target } from "./credential.ts";
import type { Tunnel } from "./tunnel.ts";

export interface QueryResult {
  readonly columns: readonly string[];
  /** As PostgreSQL writes them; null is SQL's NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
  readonly command: string;
  readonly count: number | null;
}

/** Throws pg's DatabaseError, with the server's SQLSTATE as `code`. */
export async function runQuery(tunnel: Tunnel, target: Target, sql: string): Promise<QueryResult> {
  const client = new pg.Client({
    host: tunnel.folder,
    port: tunnel.port,
    user: target.db_user,
    database: target.db_name,
    application_name: "postern",
  });
  client.on("error", () => undefined); // the pending query reports it
  await client.connect();
  try {
    return lastResult(await client.query({ text: sql, rowMode: "array", types: asText }));
  } finally {
    await client.end();
  }
}

const asText = { getTypeParser: () => (value: string) => value };

/** Of several statements in one text, the last one's result, as psql's `-c` shows it. */
function lastResult(result: pg.QueryArrayResult | pg.QueryArrayResult[]): QueryResult {
  const last = Array.isArray(result) ? result.at(-1) : result;
  return {
    columns: last?.fields.map((field) => field.name) ?? [],
    rows: (last?.rows ?? []) as (string | null)[][], // asText makes nothing else
    command: last?.command ?? "",
    count: last?.rowCount ?? null,
  };
}

/** RFC 4180 with the line ends of psql's --csv, safe for spreadsheets: a text that would be taken for a formula gets a quote in front. */
export function formatCsv({ columns, rows }: QueryResult): string {
  return [columns, ...rows].map((row) => row.map(csvField).join(",")).join("\n");
}

function csvField(value: string | null): string {
  if (value === null) return "";
  const safe = /^[=+@\t\r]|^-(?![\d.])/.test(value) ? `'${value}` : value;
  return /[",\r\n']/.test(safe) || safe === "" ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One object a row. */
export function toObjects({ columns, rows }: QueryResult): Record<string, string | null>[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])));
}
