/** What the commands about saved files have in common: which ones, and what to do when there are none. */
import { Fault } from "@postern/core/fault";
import type { Command } from "commander";
import { loadCredential, type SavedCredential, savedDatabases } from "../../credential/files.ts";
import { UsageError } from "../../failure.ts";
import { withServer } from "../../options.ts";
import { type ServerOptions, serverUrl } from "../../session.ts";
import { shellWord } from "../../shell-word.ts";

export function withSaved(command: Command): Command {
  return withServer(command).argument("[database]", "may be left out while logged in to one alone");
}

/** Throws Fault `auth.missing` or `auth.expired`, with what to type; UsageError where several are possible. */
export function requireSaved(database: string | undefined, options: ServerOptions): SavedCredential {
  const url = serverUrl(options);
  const name = database ?? (url === undefined ? undefined : onlySaved(url));
  const saved = url === undefined || name === undefined ? undefined : loadCredential(url, name);
  if (saved === undefined) throw notLoggedIn(name);
  if (Date.parse(saved.expires_at) > Date.now()) return saved;
  const { db_user, db_name, expires_at } = saved;
  throw new Fault("auth.expired", `the login to the database ${saved.database} ended at ${expires_at}`, {
    hint: `postern db login --db-user=${shellWord(db_user)} --db-name=${shellWord(db_name)} ${saved.database}`,
  });
}

function onlySaved(url: string): string | undefined {
  const [first, ...others] = savedDatabases(url);
  if (others.length === 0) return first;
  throw new UsageError(`which database? logged in to ${[first, ...others].join(", ")}`);
}

function notLoggedIn(database: string | undefined): Fault {
  const what = database === undefined ? "a database" : `the database ${database}`;
  return new Fault("auth.missing", `not logged in to ${what}`, {
    hint: `postern db login --db-user=USER --db-name=NAME ${database ?? "DATABASE"}`,
  });
}
