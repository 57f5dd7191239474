import { Fault, isFault } from "@postern/core/fault";
import type { Command } from "commander";
import { loadCredential, removeCredential, type Saved, savedDatabases } from "../../credential/files.ts";
import { example, withFormat, withServer } from "../../options.ts";
import { writeJson, writeLine } from "../../output/write.ts";
import { type ServerOptions, serverUrl, userSession } from "../../session.ts";

export function addDatabaseLogoutCommand(db: Command): void {
  const logout = withServer(db.command("logout"))
    .argument("[database]", "as `postern db ls` names it; all without one")
    .description("remove what `postern db login` wrote, and end the credential")
    .action(logOut);
  example(withFormat(logout), "postern db logout aurora");
}

/** The files go first, whatever the server says: whoever logs out leaves nothing behind. */
async function logOut(
  database: string | undefined,
  options: ServerOptions & { format: string },
): Promise<void> {
  const url = serverUrl(options);
  const saved = url === undefined ? [] : takeAway(url, database);
  for (const each of saved) await endCredential(each, options);
  const names = saved.map((each) => each.database);
  if (options.format === "json") writeJson({ proxy: url ?? null, databases: names });
  else writeLine(names.length === 0 ? "not logged in to a database" : `logged out of ${names.join(", ")}`);
}

function takeAway(url: string, database: string | undefined): Saved[] {
  const names = database === undefined ? savedDatabases(url) : [database];
  return names.flatMap((name) => {
    const saved = loadCredential(url, name);
    if (saved !== undefined) removeCredential(url, name);
    return saved ?? [];
  });
}

/** At the server, so that copies of the files are worth nothing. */
async function endCredential(saved: Saved, options: ServerOptions): Promise<void> {
  if (Date.parse(saved.expires_at) <= Date.now()) return;
  try {
    const { client, login } = await userSession(options);
    if (login.user !== saved.user)
      throw new Fault("access.denied", `it is ${saved.user}'s, and ${login.user} is logged in`);
    await client.call("deleteCredential", { params: { grant_id: saved.grant_id } });
  } catch (error) {
    // It is over already, alone or with the login that it hangs on.
    if (isFault(error, "resource.missing", "auth.missing", "auth.expired", "auth.invalid")) return;
    throw isFault(error, "service.unavailable", "access.denied") ? stillGood(saved, error.message) : error;
  }
}

function stillGood({ database, expires_at }: Saved, reason: string): Fault {
  return new Fault(
    "service.unavailable",
    `the files for ${database} are gone, but the credential is not ended: ${reason}`,
    {
      hint: `a copy of them would be good until ${expires_at}`,
    },
  );
}
