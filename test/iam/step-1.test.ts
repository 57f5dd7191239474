/** Step 1 of the guide at a real PostgreSQL: whom the printed SQL makes can log in by IAM, whatever the name. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createRdsIamSigner } from "@postern/control/cloud/rds-iam";
import { type Aurora, startAurora } from "@postern/local/aurora/aurora";
import { AuroraConfig } from "@postern/local/aurora/config";
import { wipePostgres } from "@postern/local/postgres/postgres";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";

const cli = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const region = "us-west-1";
const key = { accessKeyId: "AKIASTEPONE", secretAccessKey: "secret" };
const names = ["carol", "Dave", "user", "e-mail@example.com", 'q"uo"ted', "back\\slash", "münchen", "2nd"];

let dataDir: string;
let aurora: Aurora;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "postern-step-1-"));
  const accessKeys = { [key.accessKeyId]: { secretAccessKey: key.secretAccessKey } };
  const config = AuroraConfig.parse({ dataDir, region, accessKeys });
  aurora = await startAurora(config, {
    now: Date.now,
    patienceMs: 10_000,
    onTokenRefused: () => undefined,
  });
});

afterAll(async () => {
  await aurora.stop();
  await wipePostgres(dataDir);
  await rm(dataDir, { recursive: true });
});

async function printSql(): Promise<string> {
  const users = names.flatMap((name) => ["--db-user", name]);
  const args = [cli, "db", "configure", "print-sql", ...users];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

async function runAsMaster(sql: string): Promise<void> {
  const { port, superuser, certificate } = aurora.postgres;
  const client = new pg.Client({
    host: "localhost",
    port,
    user: superuser.name,
    password: superuser.password,
    database: "postgres",
    ssl: { ca: certificate },
  });
  await client.connect();
  await client.query(sql);
  await client.end();
}

async function currentUser(dbUser: string): Promise<unknown> {
  const signer = createRdsIamSigner({ clock: Date.now, credentials: async () => key });
  const { port } = aurora;
  const request = { host: "localhost", port, region, dbUser, assumeRole: null, sourceIdentity: "alice" };
  const { token } = await signer.sign(request);
  const client = new pg.Client({
    host: "localhost",
    port,
    user: dbUser,
    password: token,
    database: "postgres",
    ssl: { ca: await readFile(aurora.caFile, "utf8") },
  });
  await client.connect();
  const { rows } = await client.query<{ name: string }>("select current_user as name");
  await client.end();
  return rows[0]?.name;
}

test("each of the users that the printed SQL makes logs in by IAM as himself", async () => {
  await runAsMaster(await printSql());
  for (const name of names) expect(await currentUser(name)).toBe(name);
});
