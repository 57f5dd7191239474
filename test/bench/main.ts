/** `npm run verify -- bench`: the proxy against PostgreSQL's own TLS, in turns in one run. Prints a table. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { initialise, reconnecting, selectOnly } from "./pgbench.ts";
import { type BenchStage, startBenchStage, type Way } from "./stage.ts";

const rounds = 3;
const seconds = 5;
const connections = 200;
const copySql = "copy (select repeat('x', 1023) from generate_series(1, 1048576)) to stdout";

interface Row {
  readonly what: string;
  readonly direct: string;
  readonly proxied: string;
  readonly ratio: string;
  readonly more: string;
}

async function benchSelects(
  stage: BenchStage,
  protocol: "simple" | "prepared",
  clients: number,
): Promise<Row> {
  const direct: number[] = [];
  const proxied: number[] = [];
  let cpuUs = 0;
  let statements = 0;
  for (let round = 0; round < rounds; round++) {
    direct.push((await selectOnly(stage.direct, { protocol, clients, seconds })).perSecond);
    const before = await stage.proxyUsage();
    const result = await selectOnly(stage.proxied, { protocol, clients, seconds });
    cpuUs += (await stage.proxyUsage()).cpuUs - before.cpuUs;
    statements += result.transactions;
    proxied.push(result.perSecond);
  }
  return {
    what: `select-only, ${protocol}, ${clients} ${clients === 1 ? "client" : "clients"}`,
    direct: `${median(direct).toFixed(0)} tps`,
    proxied: `${median(proxied).toFixed(0)} tps`,
    ratio: (median(proxied) / median(direct)).toFixed(2),
    more: `${(cpuUs / statements).toFixed(0)} µs CPU a statement`,
  };
}

async function benchConnect(stage: BenchStage): Promise<Row> {
  const measure = async (way: Way) =>
    median(await repeat(async () => (await reconnecting(way, connections)).connectMs));
  const direct = await measure(stage.direct);
  const proxied = await measure(stage.proxied);
  return {
    what: "open a session",
    direct: `${direct.toFixed(1)} ms`,
    proxied: `${proxied.toFixed(1)} ms`,
    ratio: (proxied / direct).toFixed(2),
    more: "",
  };
}

async function repeat(measure: () => Promise<number>): Promise<number[]> {
  const figures: number[] = [];
  for (let round = 0; round < rounds; round++) figures.push(await measure());
  return figures;
}

async function benchCopy(stage: BenchStage): Promise<Row> {
  const direct = await copyOut(stage.direct);
  const before = (await stage.proxyUsage()).rssBytes;
  let peak = before;
  const look = async () => {
    peak = Math.max(peak, (await stage.proxyUsage()).rssBytes);
  };
  const watch = setInterval(() => void look(), 100);
  const proxied = await copyOut(stage.proxied);
  clearInterval(watch);
  return {
    what: "COPY out 1 GB",
    direct: `${(1024 / direct).toFixed(0)} MB/s`,
    proxied: `${(1024 / proxied).toFixed(0)} MB/s`,
    ratio: (direct / proxied).toFixed(2),
    more: `memory grew ${((peak - before) / 1_048_576).toFixed(0)} MB`,
  };
}

async function copyOut(way: Way): Promise<number> {
  const started = performance.now();
  const psql = spawn("psql", ["-X", "-q", "-c", copySql], {
    env: way,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = (await once(psql, "exit")) as [number];
  if (code !== 0) throw new Error(`psql ended with ${code}`);
  return (performance.now() - started) / 1000;
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}

function print(rows: readonly Row[]): void {
  const columns = ["what", "direct", "proxied", "ratio", "more"] as const;
  const lines = [
    { what: "", direct: "direct TLS", proxied: "through Postern", ratio: "ratio", more: "" },
    ...rows,
  ];
  const widths = columns.map((column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines) {
    console.log(
      columns
        .map((column, index) => line[column].padEnd(widths[index] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  }
}

for (const program of ["pgbench", "psql"]) {
  if (spawnSync(program, ["--version"]).status !== 0) {
    console.error(`${program} is not installed (Debian: postgresql-client, postgresql-contrib)`);
    process.exit(1);
  }
}
const stage = await startBenchStage();
try {
  await initialise(stage.direct, 10);
  const rows: Row[] = [];
  for (const protocol of ["simple", "prepared"] as const) {
    for (const clients of [1, 8, 32]) rows.push(await benchSelects(stage, protocol, clients));
  }
  rows.push(await benchConnect(stage), await benchCopy(stage));
  print(rows);
} finally {
  await stage.stop();
}
