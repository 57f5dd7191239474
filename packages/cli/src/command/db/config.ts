import type { Command } from "commander";
import { parseAddress } from "../../credential/address.ts";
import { jdbcUrl, postgresUrl } from "../../credential/environment.ts";
import type { SavedCredential } from "../../credential/files.ts";
import { example, withFormat } from "../../options.ts";
import { writeJson, writeLine } from "../../output/write.ts";
import type { ServerOptions } from "../../session.ts";
import { requireSaved, withSaved } from "./saved.ts";

export function addConfigCommand(db: Command): void {
  const config = withSaved(db.command("config"))
    .description("show what any client needs to connect with the files of `postern db login`")
    .action(showConfiguration);
  example(withFormat(config), "postern db config aurora");
}

async function showConfiguration(
  database: string | undefined,
  options: ServerOptions & { format: string },
): Promise<void> {
  const saved = requireSaved(database, options);
  if (options.format === "json") return writeJson(configuration(saved));
  const lines = describe(saved);
  for (const [title, value] of lines) writeLine(`${`${title}:`.padEnd(13)}${value}`);
}

/** As it is printed with --format=json. */
export function configuration(saved: SavedCredential): Record<string, unknown> {
  const { database, address, db_user, db_name, files, expires_at } = saved;
  return {
    database,
    ...parseAddress(address),
    db_user,
    db_name,
    root_cert_file: files.root,
    cert_file: files.certificate,
    key_file: files.key,
    key_der_file: files.keyDer,
    url: postgresUrl(saved),
    jdbc_url: jdbcUrl(saved),
    expires: expires_at,
  };
}

function describe(saved: SavedCredential): [title: string, value: string][] {
  const { database, address, db_user, db_name, files, expires_at } = saved;
  const { host, port } = parseAddress(address);
  return [
    ["Name", database],
    ["Host", host],
    ["Port", String(port)],
    ["User", db_user],
    ["Database", db_name],
    ["TLS", "verify-full"],
    ["CA", files.root],
    ["Cert", files.certificate],
    ["Key", files.key],
    ["Key (DER)", files.keyDer],
    ["URL", postgresUrl(saved)],
    ["JDBC URL", jdbcUrl(saved)],
    ["Valid until", expires_at],
  ];
}
