import type { Command } from "commander";
import { ExitError } from "../../failure.ts";
import { example } from "../../options.ts";
import { runPsql } from "../../psql.ts";
import { endOn, leaving } from "../../signals.ts";
import { withTunnel } from "../../tunnel/tunnel.ts";
import { reachTarget, type TargetOptions, withTarget } from "./target.ts";

export function addConnectCommand(db: Command): void {
  const connect = withTarget(db.command("connect"))
    .argument("[psql-arguments...]", "after --, for psql")
    .description("connect with psql")
    .action(connectDatabase);
  example(connect, "postern db connect --db-user=alice --db-name postgres aurora");
}

/** Ctrl-C is psql's: it cancels the statement that runs. psql has said what went wrong with it. */
async function connectDatabase(database: string, args: string[], options: TargetOptions): Promise<void> {
  const { target, source } = await reachTarget(database, options);
  const code = await endOn(["SIGTERM", "SIGHUP"], (ending) =>
    leaving("SIGINT", () => withTunnel(source, (tunnel) => runPsql(tunnel, target, args, ending))),
  );
  if (code !== 0) throw new ExitError(1);
}
