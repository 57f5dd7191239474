/** What the commands that reach a database have in common: which one, as which user, and the way there. */
import type { Command } from "commander";
import { certificateSource, type Target } from "../../credential.ts";
import { UsageError } from "../../failure.ts";
import { withServer } from "../../options.ts";
import { type ServerOptions, type UserSession, userSession } from "../../session.ts";
import type { Remote } from "../../tunnel.ts";

export type TargetOptions = ServerOptions & { dbUser?: string; dbName?: string };

export function withTarget(command: Command): Command {
  return withServer(command)
    .argument("<database>", "as `postern db ls` names it")
    .option("--db-user <name>", "the database user; the only one that you may use by default")
    .option("--db-name <name>", "the database name; the database user's by default, as in psql");
}

/** Completes what was asked for. Throws UsageError where several database users are possible and none is named. */
export async function resolveTarget(
  session: UserSession,
  database: string,
  { dbUser, dbName }: TargetOptions,
): Promise<Target> {
  const db_user = dbUser ?? (await defaultUser(session, database));
  return { database, db_user, db_name: dbName ?? db_user };
}

/** The only database user in a list such as `[alice]`; undefined for `[*]`, `[a b]`, `(none)`. */
export function onlyUser(allowed: string): string | undefined {
  return /^\[([^\s*\]]+)\]$/.exec(allowed)?.[1];
}

async function defaultUser({ client, login }: UserSession, database: string): Promise<string> {
  const { databases } = await client.call("listDatabases", {});
  const found = databases.find(({ name }) => name === database);
  if (!found) return login.user; // the server, asked for it, says that it isn't there, and what is
  const only = onlyUser(found.allowed_users);
  if (only !== undefined) return only;
  throw new UsageError(`as which database user? use --db-user (allowed: ${found.allowed_users})`);
}

/** A way to the database, open for new connections as long as the login is. A refusal is thrown at once. */
export async function reachTarget(
  database: string,
  options: TargetOptions,
): Promise<{ target: Target; remote: Remote }> {
  const session = await userSession(options);
  const target = await resolveTarget(session, database, options);
  const source = certificateSource(session.client, target);
  await source.get();
  return { target, remote: { source, hostCa: session.hostCa } };
}
