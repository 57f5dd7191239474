import type { Command } from "commander";
import { example, withFormat, withServer } from "../options.ts";
import { writeJson, writeLine } from "../output/write.ts";
import { fingerprint } from "../profile/host-authority.ts";
import { type ServerOptions, userSession } from "../session.ts";

export function addStatusCommand(program: Command): void {
  const status = program
    .command("status")
    .description("show the login: who, where, until when")
    .action(showStatus);
  example(withFormat(withServer(status)), "postern status");
}

async function showStatus(options: ServerOptions & { format: string }): Promise<void> {
  const { client, url, hostCa } = await userSession(options);
  const { cluster_name, version, user, roles, expires_at } = await client.call("getStatus", {});
  const host_ca = hostCa.map(fingerprint);
  if (options.format === "json")
    return writeJson({
      proxy: url,
      cluster: cluster_name,
      version,
      user,
      roles,
      valid_until: expires_at,
      host_ca,
    });
  writeLine(`Proxy:       ${url}`);
  writeLine(`Cluster:     ${cluster_name}`);
  writeLine(`Version:     ${version}`);
  writeLine(`User:        ${user}`);
  writeLine(`Roles:       ${roles.join(", ")}`);
  writeLine(`Valid until: ${expires_at}`);
  for (const each of host_ca) writeLine(`Host CA:     SHA256:${each}`);
}
