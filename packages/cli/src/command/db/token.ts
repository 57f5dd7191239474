import { Fault } from "@postern/core/fault";
import type { Command } from "commander";
import { example, withFormat } from "../../options.ts";
import { note, writeJson, writeLine } from "../../output/write.ts";
import { userSession } from "../../session.ts";
import { resolveTarget, type TargetOptions, withTarget } from "./target.ts";

export function addTokenCommand(db: Command): void {
  const token = withTarget(db.command("token"))
    .description("print a short-lived password, for clients that can't present a certificate")
    .action(printToken);
  example(
    withFormat(token),
    "PGPASSWORD=$(postern db token --db-user=alice --db-name=postgres aurora) psql …",
  );
}

async function printToken(database: string, options: TargetOptions & { format: string }): Promise<void> {
  const session = await userSession(options);
  const target = await resolveTarget(session, database, options);
  const answer = await session.client.call("createCredential", { body: { type: "token", ...target } });
  if (answer.type !== "token") throw new Fault("internal", "asked for a token and got none");
  const { token, expires_at, uses, public_addr } = answer;
  if (options.format === "json")
    return writeJson({ token, expires: expires_at, uses, proxy: public_addr, ...target });
  note(`good for ${uses} connections to ${public_addr} until ${expires_at}`);
  writeLine(token);
}
