/** For postgres.test.ts: a launcher to kill. Starts PostgreSQL on the folder that it is given, says where, and stops on SIGTERM. */
import { findPlace } from "./place.ts";
import { startPostgres } from "./postgres.ts";
import { readPostmasterPid } from "./postmaster-pid.ts";

const [dataDir = ""] = process.argv.slice(2);
const seed = [
  "create role rds_iam nologin",
  "create role alice login in role rds_iam",
  "create table kept (n int)",
];
const postgres = await startPostgres({ dataDir, seed });
const server = await readPostmasterPid(await findPlace(dataDir));
process.once("SIGTERM", () => void postgres.stop());

const { port, socket, superuser, certificate } = postgres;
process.stdout.write(`${JSON.stringify({ port, socket, superuser, certificate, serverPid: server?.pid })}\n`);
