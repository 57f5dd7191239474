/** Runs the real psql over a tunnel. */
import { spawn } from "node:child_process";
import { Fault } from "@postern/core/fault";
import type { Target } from "./credential/certificate.ts";
import type { Tunnel } from "./tunnel/tunnel.ts";

/**
 * Resolves to psql's exit code; to null where a signal ended it.
 * @param args for psql
 * @param ending ends psql, too
 */
export function runPsql(
  tunnel: Tunnel,
  target: Target,
  args: readonly string[],
  ending: AbortSignal,
): Promise<number | null> {
  const env = psqlEnvironment(process.env, tunnel, target);
  return new Promise((resolve, reject) => {
    const child = spawn("psql", [...args], { stdio: "inherit", env });
    const end = () => child.kill("SIGTERM");
    ending.addEventListener("abort", end);
    child.on("error", (error: NodeJS.ErrnoException) => reject(explain(error)));
    child.on("exit", (code) => {
      ending.removeEventListener("abort", end);
      resolve(code);
    });
  });
}

/** What is the person's own; of libpq's other variables each could lead elsewhere or be refused over a Unix socket. */
const personal = new Set([
  "PGAPPNAME",
  "PGCLIENTENCODING",
  "PGCONNECT_TIMEOUT",
  "PGDATESTYLE",
  "PGGEQO",
  "PGLOCALEDIR",
  "PGOPTIONS",
  "PGTZ",
]);

/** Manual, "libpq - Environment Variables". psql's own (PSQLRC, PSQL_HISTORY, …) stay. */
export function psqlEnvironment(
  environment: NodeJS.ProcessEnv,
  { folder, port }: Pick<Tunnel, "folder" | "port">,
  { db_user, db_name }: Target,
): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !name.startsWith("PG") || personal.has(name));
  return {
    ...Object.fromEntries(kept),
    PGHOST: folder,
    PGPORT: String(port),
    PGUSER: db_user,
    PGDATABASE: db_name,
  };
}

function explain(error: NodeJS.ErrnoException): Error {
  if (error.code !== "ENOENT") return error;
  return new Fault("resource.missing", "psql is not installed", {
    hint: "install it (Debian: apt install postgresql-client), or use `postern db query`, which needs none",
  });
}
