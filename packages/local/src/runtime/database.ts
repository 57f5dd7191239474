/** The database `aurora` of one machine: what the stand-in plays, under the labels that people gave it. */
import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import type { Base } from "@postern/control/ports";
import { loadDatabase } from "@postern/control/resource/load";
import { writeResource } from "@postern/control/resource/write";
import type { Database } from "@postern/core/resource/db";
import { type AuroraProcess, region } from "./aurora-process.ts";
import { localAdmin } from "./demo.ts";

export const demoDatabase = "aurora";

type Endpoint = Pick<AuroraProcess, "port" | "caFile">;

const metadata: Database["metadata"] = {
  name: demoDatabase,
  description: "PostgreSQL behind a stand-in for Aurora's IAM authentication",
  labels: { env: "dev" },
};

/**
 * What the proxy is to serve. The stand-in may listen elsewhere than at its last start; a host can't move a database
 * that is kept, an admin can. What isn't kept yet is registered by the proxy, as any host does.
 */
export async function settleDatabase(base: Base, aurora: Endpoint): Promise<Database> {
  const kept = await loadDatabase(base, demoDatabase);
  const spec = await specOf(aurora);
  const database: Database = { kind: "db", version: "v3", metadata: kept?.metadata ?? metadata, spec };
  if (kept && !isDeepStrictEqual(kept.spec, spec))
    await writeResource(base, localAdmin, { resource: database, replace: true });
  return database;
}

async function specOf({ port, caFile }: Endpoint): Promise<Database["spec"]> {
  return {
    protocol: "postgres",
    uri: `localhost:${port}`,
    tls: { ca_cert_pem: await readFile(caFile, "utf8") },
    aws: { region, account_id: null, resource_id: null, assume_role_arn: null, external_id: null },
  };
}
