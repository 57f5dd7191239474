import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { example, withFormat } from "../options.ts";

export function addStartCommand(program: Command): void {
  const start = program
    .command("start")
    .description("run a database service on this host, in the foreground")
    .option("--config <file>", "what `postern db configure create` wrote", "/etc/postern.yaml")
    .action(startService);
  example(withFormat(start), "postern start --config /etc/postern.yaml");
}

/**
 * The service takes this process's place: signals, standard streams and exit code are its own. By name, not by import:
 * nobody imports the proxy.
 */
function startService({ config, format }: { config: string; format: string }): never {
  const script = fileURLToPath(import.meta.resolve("@postern/proxy/main"));
  if (process.execve === undefined) throw new Error("this system can't replace a process by another");
  return process.execve(
    process.execPath,
    [process.execPath, script, "--config", resolve(config), "--format", format],
    process.env,
  );
}
