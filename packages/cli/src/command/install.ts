import type { Command } from "commander";
import { example, group } from "../options.ts";
import { addSystemdCommand } from "./install/systemd.ts";

export function addInstallCommands(program: Command): void {
  const install = group(program, "install", "let this host's system run the database service");
  addSystemdCommand(install);
  example(install, "postern install systemd --output /etc/systemd/system/postern.service");
}
