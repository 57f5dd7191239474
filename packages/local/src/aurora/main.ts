/** The stand-in Aurora as a process of its own. It ends with the process that started it, and takes PostgreSQL along. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { formatTime, second } from "@postern/core/time";
import { say, sayFailure } from "../say.ts";
import { type AuroraDependencies, startAurora } from "./aurora.ts";
import { AuroraConfig, type AuroraReady, configVariable } from "./config.ts";

const config = AuroraConfig.parse(JSON.parse(process.env[configVariable] ?? "{}"));

/** As RDS exports it to CloudWatch: why a token was refused is for the admin. */
const errorLog = join(config.dataDir, "aurora", "iam-db-auth-error.log");

const dependencies: AuroraDependencies = {
  now: Date.now,
  patienceMs: 10 * second,
  onTokenRefused: ({ user, host }, reason) => {
    const line = { time: formatTime(Date.now()), user, host, reason };
    appendFileSync(errorLog, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  },
};

const starting = startAurora(config, dependencies);
let ending = false;

async function end(exitCode: number): Promise<void> {
  if (ending) return;
  ending = true;
  const aurora = await starting.catch(() => null);
  await aurora?.stop();
  process.exit(exitCode);
}

// Ctrl-C in a terminal reaches the whole group; in which order things end is up to the process that started us.
process.on("SIGINT", () => {});
process.once("SIGTERM", () => void end(0));
process.once("disconnect", () => void end(0));
// It may have gone while our modules were loaded.
if (process.send !== undefined && !process.connected) void end(0);

try {
  const { port, caFile, postgres } = await starting;
  const { superuser, certificate, statementLog } = postgres;
  const behind = { port: postgres.port, superuser, certificate, statementLog };
  const ready: AuroraReady = { type: "aurora ready", port, caFile, postgres: behind };
  // Whether it can still be told is not this line's affair: a parent that is gone is heard of by "disconnect".
  process.send?.(ready, undefined, undefined, () => {});
  await postgres.exited;
  if (!ending) say("PostgreSQL ended by itself");
  await end(1);
} catch (error) {
  sayFailure(error);
  process.exit(1);
}
