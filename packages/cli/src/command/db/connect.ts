import { isFault } from "@postern/core/fault";
import type { Command } from "commander";
import { ExitError, UsageError } from "../../failure.ts";
import { example } from "../../options.ts";
import { note } from "../../output/write.ts";
import { runPsql } from "../../psql.ts";
import { endOn, leaving } from "../../signals.ts";
import { type ReachedTarget, reachTarget, type TargetOptions, withTarget } from "./target.ts";

type ConnectOptions = TargetOptions & { psql: boolean };

export function addConnectCommand(db: Command): void {
  const connect = withTarget(db.command("connect"))
    .argument("[psql-arguments...]", "after --, for psql")
    .option("--no-psql", "use the built-in shell, also where psql is installed")
    .description("connect with psql, or with the built-in shell where there is none")
    .action(connectDatabase);
  example(connect, "postern db connect --db-user=alice --db-name postgres aurora");
}

async function connectDatabase(database: string, args: string[], options: ConnectOptions): Promise<void> {
  if (!options.psql && args.length > 0) throw new UsageError("--no-psql: arguments after -- are psql's");
  const reached = await reachTarget(database, options);
  if (!options.psql) return await connectShell(reached);
  try {
    await connectPsql(reached, args);
  } catch (error) {
    if (!isFault(error, "resource.missing") || args.length > 0) throw error;
    note("psql is not installed: this is Postern's own shell");
    await connectShell(reached);
  }
}

/** Ctrl-C is psql's: it cancels the statement that runs. psql has said what went wrong with it. */
async function connectPsql({ source, target }: ReachedTarget, args: readonly string[]): Promise<void> {
  const { withTunnel } = await import("../../tunnel/tunnel.ts"); // few commands speak PostgreSQL's protocol
  const code = await endOn(["SIGTERM", "SIGHUP"], (ending) =>
    leaving("SIGINT", () => withTunnel(source, (tunnel) => runPsql(tunnel, target, args, ending))),
  );
  if (code !== 0) throw new ExitError(1);
}

/** Under another user or name by another credential. */
async function connectShell({ source, target, sourceOf }: ReachedTarget): Promise<void> {
  const [{ runShell }, { SqlSession }] = await Promise.all([
    import("../../shell/run-shell.ts"),
    import("../../sql/session.ts"),
  ]);
  await runShell(async (listener, to) => {
    if (to === undefined) return await SqlSession.open(source, target, listener);
    const other = { ...target, ...to };
    return await SqlSession.open(sourceOf(other), other, listener);
  });
}
