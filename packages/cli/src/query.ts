/** Runs a statement over a tunnel, without psql. */
import { setTimeout } from "node:timers/promises";
import type pg from "pg";
import { z } from "zod";
import type { Target } from "./credential.ts";
import { ServerError } from "./failure.ts";
import { note } from "./output/write.ts";
import type { Tunnel } from "./tunnel.ts";

export interface QueryResult {
  readonly columns: readonly Column[];
  /** As PostgreSQL writes them; null is SQL's NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Such as `INSERT 3`. */
  readonly tag: string;
}

export interface Column {
  readonly name: string;
  /** The OID of its type (pg_type.dat). */
  readonly typeId: number;
}

/**
 * The results of the text's statements. Notices are shown as they come.
 * Throws ServerError for what the server refused.
 * @param ending cancels what runs
 */
export async function runQuery(
  tunnel: Tunnel,
  target: Target,
  sql: string,
  ending: AbortSignal,
): Promise<QueryResult[]> {
  const client = await createClient(tunnel, target);
  const cancel = () => void cancelQuery(tunnel, client);
  ending.addEventListener("abort", cancel);
  try {
    ending.throwIfAborted();
    await client.connect();
    const results = await client.query({ text: sql, rowMode: "array", types: asText });
    return (Array.isArray(results) ? results : [results]).map(toResult);
  } catch (error) {
    throw explain(error);
  } finally {
    await client.end();
    ending.removeEventListener("abort", cancel);
  }
}

async function createClient({ folder, port }: Tunnel, { db_user, db_name }: Target): Promise<pg.Client> {
  const { Client } = await import("pg"); // one command needs it
  const client = new Client({
    host: folder,
    port,
    user: db_user,
    database: db_name,
    application_name: "postern",
    ssl: false, // the tunnel's; PGSSLMODE is for other connections
  });
  client.on("error", () => undefined); // what is pending reports it
  client.on("notice", ({ severity, message }) => note(`${severity ?? "NOTICE"}: ${message ?? ""}`));
  return client;
}

const asText = { getTypeParser: () => (value: string) => value };

function toResult({ fields, rows, command, rowCount }: pg.QueryArrayResult): QueryResult {
  return {
    columns: fields.map(({ name, dataTypeID }) => ({ name, typeId: dataTypeID })),
    rows: rows as (string | null)[][], // asText makes nothing else
    tag: [command, rowCount].filter((part) => part !== null).join(" "),
  };
}

/** What node-postgres keeps of BackendKeyData, under no type. */
const KeyData = z.object({ processID: z.int(), secretKey: z.int() });

const patience = 2_000;

/** A server that doesn't end the statement soon is left. */
async function cancelQuery(tunnel: Tunnel, client: pg.Client): Promise<void> {
  const key = KeyData.safeParse(client);
  if (key.success) {
    const { processID: processId, secretKey } = key.data;
    tunnel.cancel({ processId, secretKey }).catch(() => undefined);
    await setTimeout(patience, undefined, { ref: false });
  }
  client.connection.stream.destroy();
}

/** node-postgres's DatabaseError, known by its fields. */
const ErrorFields = z.object({
  severity: z.string(),
  code: z.string(),
  detail: z.string().optional(),
  hint: z.string().optional(),
});

function explain(error: unknown): unknown {
  const fields = ErrorFields.safeParse(error);
  if (!(error instanceof Error) || !fields.success) return error;
  const { code, detail, hint } = fields.data;
  return new ServerError(error.message, code, { detail, hint });
}
