/** pgbench's select-only script over one way, and what it says of it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Way } from "./stage.ts";

const run = promisify(execFile);

export interface PgbenchResult {
  readonly transactions: number;
  readonly perSecond: number;
  /** Of one connection, in milliseconds. */
  readonly connectMs: number;
}

export async function initialise(way: Way, scale: number): Promise<void> {
  await run("pgbench", ["--initialize", "--quiet", `--scale=${scale}`], { env: way });
}

export async function selectOnly(
  way: Way,
  options: { protocol: "simple" | "prepared"; clients: number; seconds: number },
): Promise<PgbenchResult> {
  const { protocol, clients, seconds } = options;
  const flags = [`--protocol=${protocol}`, `--client=${clients}`, "--jobs=1", `--time=${seconds}`];
  return parse((await run("pgbench", ["--select-only", "--no-vacuum", ...flags], { env: way })).stdout);
}

/** A connection for each transaction. */
export async function reconnecting(way: Way, transactions: number): Promise<PgbenchResult> {
  const flags = ["--connect", `--transactions=${transactions}`];
  return parse((await run("pgbench", ["--select-only", "--no-vacuum", ...flags], { env: way })).stdout);
}

function parse(text: string): PgbenchResult {
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? Number.NaN);
  return {
    transactions: number(/actually processed: (\d+)/),
    perSecond: number(/^tps = ([\d.]+)/m),
    connectMs: number(/(?:average|initial) connection time = ([\d.]+)/),
  };
}
