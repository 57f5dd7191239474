import { type Command, InvalidArgumentError } from "commander";
import type { Target } from "../../credential/certificate.ts";
import { example, withFormat } from "../../options.ts";
import { writeLine } from "../../output/write.ts";
import { shellWord } from "../../shell-word.ts";
import { signalled } from "../../signals.ts";
import type { LocalPort } from "../../tunnel/local-port.ts";
import { reachTarget, type TargetOptions, withTarget } from "./target.ts";

export function addProxyCommand(db: Command): void {
  const proxy = withTarget(db.command("proxy"))
    .option("--port <port>", "on this machine; any that is free by default", parsePort, 0)
    .description("keep a local port open for programs that need no certificate and no password")
    .action(keepOpen);
  example(withFormat(proxy), "postern db proxy --port=15432 --db-user=alice --db-name=postgres aurora");
}

/** As TCP has it; 0 is any that is free. */
function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("Expected a port from 0 to 65535.");
}

type ProxyOptions = TargetOptions & { port: number; format: string };

/** Until a signal ends it, which is no failure. */
async function keepOpen(database: string, options: ProxyOptions): Promise<void> {
  const { target, source } = await reachTarget(database, options);
  const { withLocalPort } = await import("../../tunnel/local-port.ts"); // few commands speak PostgreSQL's protocol
  await withLocalPort(source, target, options.port, async (listening) => {
    announce(target, listening, options.format);
    await signalled("SIGINT", "SIGTERM", "SIGHUP");
  });
}

function announce({ database, db_user, db_name }: Target, { host, port }: LocalPort, format: string): void {
  const url = `postgresql://${encodeURIComponent(db_user)}@${host}:${port}/${encodeURIComponent(db_name)}`;
  if (format === "json")
    return writeLine(JSON.stringify({ ready: true, host, port, database, db_user, db_name, url }));
  writeLine(`database ${database} as ${db_user}, name ${db_name}, on ${host}:${port}: no password, no TLS`);
  writeLine("");
  writeLine(`  psql ${shellWord(url)}`);
  writeLine("");
  writeLine("Whoever is on this machine can connect to it. Ctrl-C closes it.");
}
