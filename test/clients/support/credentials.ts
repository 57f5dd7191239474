/** What `postern db login` gives other programs: files, and the variables and the URL that name them. */
import type { Postern } from "../../support/postern.ts";

/** A way to the database, verified in full, and with a certificate. */
export interface Way {
  /** As `postern db env` prints them: libpq's variables (manual, "libpq - Environment Variables"). */
  readonly env: Readonly<Record<string, string>>;
  /** As `postern db config` prints them. */
  readonly url: string;
  readonly jdbcUrl: string;
}

/** Of the user who is logged in. */
export async function logInToDatabase(postern: Postern): Promise<Way> {
  const { url, jdbc_url } = await print<Record<"url" | "jdbc_url", string>>(
    postern,
    "login",
    "--db-user=alice",
    "--db-name=postgres",
  );
  return { env: await print<Record<string, string>>(postern, "env"), url, jdbcUrl: jdbc_url };
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
export function throughPort(port: number, { env, url, jdbcUrl }: Way): Way {
  const moved = (each: string) => each.replace(`localhost:${env["PGPORT"]}`, `localhost:${port}`);
  return { env: { ...env, PGPORT: String(port) }, url: moved(url), jdbcUrl: moved(jdbcUrl) };
}
