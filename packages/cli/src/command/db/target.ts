/** What the commands that reach a database have in common: which one, as which user, and the way there. */
import { Fault } from "@postern/core/fault";
import type { Command } from "commander";
import type { Target } from "../../credential/certificate.ts";
import { loadCredential } from "../../credential/files.ts";
import { type CertificateSource, certificateSource } from "../../credential/source.ts";
import { UsageError } from "../../failure.ts";
import { withServer } from "../../options.ts";
import { loginHint, type ServerOptions, type UserSession, userSession } from "../../session.ts";

export type TargetOptions = ServerOptions & { dbUser?: string; dbName?: string };

export function withTarget(command: Command): Command {
  return withServer(command)
    .argument("<database>", "as `postern db ls` names it")
    .option("--db-user <name>", "the database user; the only one that you may use by default")
    .option("--db-name <name>", "the database name; the database user's by default, as in psql");
}

/**
 * Completes what was asked for: by what `postern db login` was told, by the only database user that is possible. Throws
 * UsageError where several are possible and none is named.
 */
export async function resolveTarget(
  session: UserSession,
  database: string,
  { dbUser, dbName }: TargetOptions,
): Promise<Target> {
  const saved = loadCredential(session.url, database);
  const db_user = dbUser ?? saved?.db_user ?? (await defaultUser(session, database));
  const db_name = dbName ?? (saved?.db_user === db_user ? saved.db_name : db_user);
  return { database, db_user, db_name };
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

export interface ReachedTarget {
  readonly target: Target;
  readonly source: CertificateSource;
  /** For other targets, by the same login. */
  readonly sourceOf: (target: Target) => CertificateSource;
}

/** Certificates for the database, as long as the login lasts. A refusal is thrown at once. */
export async function reachTarget(database: string, options: TargetOptions): Promise<ReachedTarget> {
  const session = await userSession(options);
  const target = await resolveTarget(session, database, options);
  const source = sourceFor(session, target);
  await source.get();
  return { target, source, sourceOf: (other) => sourceFor(session, other) };
}

/** Reads the login anew each time: who logs in again goes on, without another start of what runs. */
function sourceFor({ url, login: { user } }: UserSession, target: Target): CertificateSource {
  return certificateSource(async () => {
    const session = await userSession({ proxy: url });
    if (session.login.user === user) return session;
    throw new Fault("auth.missing", `${session.login.user} is logged in by now, and no more ${user}`, {
      hint: loginHint(url, user),
    });
  }, target);
}
