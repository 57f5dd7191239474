/** Runs a real PostgreSQL on this machine, as a child of this process. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { openCluster, superuserName } from "./cluster.ts";
import { stopOrphan } from "./orphan.ts";
import { findPlace, ifMissing, makePlace, removePlace } from "./place.ts";
import { installPrograms } from "./programs.ts";
import { launchServer } from "./server.ts";

export interface PostgresOptions {
  /** PostgreSQL's state belongs to this folder; as root it lies elsewhere and is only recorded here. */
  readonly dataDir: string;
  /** SQL statements, one an item, that the superuser runs once, in database `postgres`, when the cluster is made. */
  readonly seed?: readonly string[];
  /** Have PostgreSQL write every statement to its own log, to compare ours with. */
  readonly logStatements?: boolean;
}

export interface Postgres {
  /** For whoever may be trusted with any role of `rds_iam`: there it is let in without a password. */
  readonly socket: string;
  /** 127.0.0.1 on this port takes TLS and a password (SCRAM). */
  readonly port: number;
  readonly superuser: { readonly name: string; readonly password: string };
  /** PEM; it signs itself, so it is also the authority to check it with. Valid for `localhost` and 127.0.0.1. */
  readonly certificate: string;
  /** JSON lines as the manual's "Using JSON-Format Log Output" has them; null unless `logStatements` was asked for. */
  readonly statementLog: string | null;
  /** Settles when the server has ended, on purpose or not. */
  readonly exited: Promise<void>;
  /** Ends sessions and the server (fast shutdown), by force if need be. */
  stop(): Promise<void>;
}

/**
 * Starts the server of this data folder, making it first if need be, and settles when it takes connections. An orphan
 * that an earlier, killed start left behind is stopped. Throws a `service.unavailable` fault when the folder is in use or PostgreSQL won't start.
 * One call at a time for one folder: whoever owns the data folder sees to that.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const place = await findPlace(options.dataDir);
  await stopOrphan(place);
  await makePlace(place, options.dataDir);
  const programs = await installPrograms(place);
  await openCluster(place, programs, options.seed ?? []);
  const server = await launchServer(place, programs, options.logStatements ?? false);
  return {
    ...server,
    superuser: { name: superuserName, password: await readFile(place.superuserPassword, "utf8") },
    certificate: await readFile(join(place.config, "server.crt"), "utf8"),
  };
}

/** Deletes all that PostgreSQL keeps for this data folder, wherever it lies. Throws as `startPostgres` does when it is in use. */
export async function wipePostgres(dataDir: string): Promise<void> {
  const place = await findPlace(dataDir).catch(ifMissing(null));
  if (place === null) return;
  await stopOrphan(place);
  await removePlace(place, dataDir);
}
