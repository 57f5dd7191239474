import type { Command } from "commander";
import { requestCertificate } from "../../credential/certificate.ts";
import { type SavedCredential, saveCredential } from "../../credential/files.ts";
import { example, withFormat } from "../../options.ts";
import { writeJson, writeLine } from "../../output/write.ts";
import { userSession } from "../../session.ts";
import { configuration } from "./config.ts";
import { resolveTarget, type TargetOptions, withTarget } from "./target.ts";

export function addDatabaseLoginCommand(db: Command): void {
  const login = withTarget(db.command("login"))
    .description("write a certificate and its key to files, for other programs")
    .action(logIn);
  example(withFormat(login), "postern db login --db-user=alice --db-name=postgres aurora");
}

async function logIn(database: string, options: TargetOptions & { format: string }): Promise<void> {
  const session = await userSession(options);
  const target = await resolveTarget(session, database, options);
  const certificate = await requestCertificate(session, target, "files");
  const saved = saveCredential(session.url, session.login.user, target, certificate);
  if (options.format === "json") return writeJson(configuration(saved));
  for (const line of whatNow(saved)) writeLine(line);
}

function whatNow({ database, db_user, db_name, expires_at }: SavedCredential): string[] {
  return [
    `logged in to the database ${database} as ${db_user}, name ${db_name}, until ${expires_at}`,
    "",
    `  eval "$(postern db env ${database})" && psql      for programs that use libpq`,
    `  postern db config ${database}                     what any other needs`,
  ];
}
