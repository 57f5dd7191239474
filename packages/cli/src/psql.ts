/** Runs the real psql over a tunnel. */
import { spawn } from "node:child_process";
import { Fault } from "@postern/core/fault";
import type { Target } from "./credential.ts";
import type { Tunnel } from "./tunnel.ts";

/**
 * Resolves to psql's exit code. Ctrl-C is psql's own affair: it cancels the statement. Settings of other connections
 * in the environment (PGSERVICE, PGPASSWORD, …) are left out; those for the person (PGOPTIONS, PSQLRC, …) stay.
 */
export async function runPsql(tunnel: Tunnel, target: Target, args: readonly string[]): Promise<number> {
  const ignore = () => undefined;
  process.on("SIGINT", ignore);
  try {
    return await waitForPsql(tunnel, target, args);
  } finally {
    process.off("SIGINT", ignore);
  }
}

function waitForPsql(tunnel: Tunnel, target: Target, args: readonly string[]): Promise<number> {
  const child = spawn("psql", [...args], { stdio: "inherit", env: environment(tunnel, target) });
  const end = () => child.kill("SIGTERM");
  process.once("SIGTERM", end).once("SIGHUP", end);
  return new Promise((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => reject(explain(error)));
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

const connectionSettings = [
  "PGSERVICE",
  "PGSERVICEFILE",
  "PGPASSWORD",
  "PGPASSFILE",
  "PGHOSTADDR",
  "PGREQUIREAUTH",
  "PGCHANNELBINDING",
  "PGSSLMODE",
  "PGSSLCERT",
  "PGSSLKEY",
  "PGSSLROOTCERT",
  "PGREQUIREPEER",
  "PGTARGETSESSIONATTRS",
];

function environment(tunnel: Tunnel, target: Target): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !connectionSettings.includes(name));
  return {
    ...Object.fromEntries(own),
    PGHOST: tunnel.folder,
    PGPORT: String(tunnel.port),
    PGUSER: target.db_user,
    PGDATABASE: target.db_name,
  };
}

function explain(error: NodeJS.ErrnoException): Error {
  if (error.code !== "ENOENT") return error;
  return new Fault("resource.missing", "psql is not installed", {
    hint: "Install it (Debian: apt install postgresql-client), or use `postern db query`, which needs none.",
  });
}
