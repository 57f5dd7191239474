/** What `postern db login` gives other programs: files, and the variables and the URL that name them. */
import type { Postern } from "../../support/postern.ts";

/** A way to the database, verified in full, and with a certificate. */
export interface Way {
  /** As `postern db env` prints them: libpq's variables (manual, "libpq - Environment Variables"). */
  readonly env: Readonly<Record<string, string>>;
  /** As `postern db config` prints it. */
  readonly jdbcUrl: string;
}

/** Of the user who is logged in. */
export async function logInToDatabase(postern: Postern): Promise<Way> {
  const { jdbc_url } = await print<{ jdbc_url: string }>(
    postern,
    "login",
    "--db-user=alice",
    "--db-name=postgres",
  );
  return { env: await print<Record<string, string>>(postern, "env"), jdbcUrl: jdbc_url };
}

async function print<T>(postern: Postern, command: string, ...flags: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await postern.postern([
    "db",
    command,
    ...flags,
    "--format=json",
    "aurora",
  ]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T; // what the CLI's own tests hold it to
}

/** The same, by another port of this machine. */
export function throughPort(port: number, { env, jdbcUrl }: Way): Way {
  return {
    env: { ...env, PGPORT: String(port) },
    jdbcUrl: jdbcUrl.replace(`localhost:${env["PGPORT"]}`, `localhost:${port}`),
  };
}
