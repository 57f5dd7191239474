/** `npm run verify`: what takes longer than the tests may. All of it, or the parts named: `npm run verify -- bench`. */
import { spawnSync } from "node:child_process";

interface Part {
  readonly command: readonly [string, ...string[]];
  readonly env?: Record<string, string>;
}

const parts: Record<string, Part> = {
  /** A hundred times the runs of `npm test`, over every parser of hostile bytes. */
  fuzz: { command: ["vitest", "run", "--testTimeout=1800000", "packages/wire"], env: { FUZZ_RUNS: "30000" } },
  /** Whether the tests of the decision see its mistakes. */
  mutation: { command: ["stryker", "run"] },
  /** The proxy against PostgreSQL's own TLS. */
  bench: { command: ["node", "test/bench/main.ts"] },
};

function run(name: string): boolean {
  const part = parts[name];
  if (!part) throw new Error(`no such part: ${name}; there are ${Object.keys(parts).join(", ")}`);
  console.log(`\n== ${name}`);
  const [command, ...args] = part.command;
  return spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...part.env } }).status === 0;
}

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
const failed = chosen.filter((name) => !run(name));
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.join(", ")}`);
  process.exit(1);
}
