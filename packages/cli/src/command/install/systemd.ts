import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { example } from "../../options.ts";
import { parseOutput, writeNewFile } from "../../output/new-file.ts";
import { note } from "../../output/write.ts";
import { formatUnit } from "../../systemd-unit.ts";

export function addSystemdCommand(install: Command): void {
  const systemd = install
    .command("systemd")
    .description("write a systemd unit for `postern start`")
    .option("--config <file>", "the service's configuration", "/etc/postern.yaml")
    .option("--output <file>", "a path at which nothing is yet; stdout by default", parsePath)
    .action(installUnit);
  example(systemd, "postern install systemd --output /etc/systemd/system/postern.service");
}

function parsePath(text: string): string {
  return text.startsWith("file:") ? parseOutput(text) : resolve(text);
}

function installUnit({ config, output }: { config: string; output?: string }): void {
  const program = realpathSync(fileURLToPath(new URL("../../../bin/postern.js", import.meta.url)));
  const unit = formatUnit({ node: realpathSync(process.execPath), program, config: resolve(config) });
  if (output === undefined) {
    process.stdout.write(unit);
    return;
  }
  writeNewFile(output, unit, 0o644);
  for (const line of nextSteps(output, resolve(config))) note(line);
}

function nextSteps(output: string, config: string): string[] {
  return [
    `wrote ${output}; next, as root:`,
    "  useradd --system --home-dir /var/lib/postern --shell /usr/sbin/nologin postern",
    `  chown postern ${config}      and the join token's file`,
    "  systemctl daemon-reload && systemctl enable --now postern",
  ];
}
