/** A database service as people run it: a token, `configure create`, `start`. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { eventually, type Finished, follow, type Launched, type Local, root } from "../../support/local.ts";

const Ready = z.strictObject({
  ready: z.literal(true),
  listen: z.string(),
  public_addr: z.string(),
  databases: z.array(z.string()),
  refused: z.array(z.strictObject({ database: z.string(), reason: z.string() })),
});
export type Ready = z.output<typeof Ready>;

export interface Place {
  /** With the configuration, the token and the data folder. */
  readonly folder: string;
  readonly config: string;
  readonly token: string;
  readonly port: number;
  remove(): void;
}

export interface Service extends Launched {
  readonly ready: Ready;
  /** SIGTERM. */
  stop(): Promise<Finished>;
}

export function makePlace(port: number): Place {
  const folder = mkdtempSync(join(tmpdir(), "postern service-"));
  mkdirSync(join(folder, "data"));
  return {
    folder,
    config: join(folder, "postern.yaml"),
    token: join(folder, "token"),
    port,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs the commands of the guide's steps 2 and 3, as the local admin. @throws with what they said, where one fails */
export async function configure(
  local: Local,
  { token, config, port, folder }: Place,
  database: { readonly name: string; readonly uri: string; readonly caFile: string },
): Promise<void> {
  const made = await succeed(
    local,
    "tokens",
    "add",
    "--type=db",
    "--format=text",
    `--data-dir=${local.dataDir}`,
  );
  writeFileSync(token, made.stdout, { mode: 0o600 });
  await succeed(
    local,
    "db",
    "configure",
    "create",
    "--token=./token",
    `--proxy=${new URL(local.ready.http).host}`,
    `--name=${database.name}`,
    "--protocol=postgres",
    `--uri=${database.uri}`,
    "--aws-region=us-west-1",
    "--labels=env=dev",
    `--ca-cert-file=${database.caFile}`,
    `--data-dir=${join(folder, "data")}`,
    `--listen-addr=127.0.0.1:${port}`,
    `--public-addr=localhost:${port}`,
    `--output=${pathToFileURL(config).href}`,
  );
}

async function succeed(local: Local, ...args: string[]): Promise<Finished> {
  const finished = await local.postern(args);
  if (finished.code !== 0) throw new Error(`postern ${args.join(" ")}: ${finished.stderr}`);
  return finished;
}

/** Started, and perhaps ending at once. */
export function launchService({ config }: Pick<Place, "config">, where: Where = {}): Launched {
  const cli = join(root, "packages/cli/src/main.ts");
  const start = [process.execPath, cli, "start", "--config", config, "--format=json"];
  const [command = "", ...args] = [...(where.prefix ?? []), ...start];
  const env = { ...process.env, ...where.env };
  return follow(spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env }));
}

export interface Where {
  /** What goes before the command, such as `ip netns exec NAME`. */
  readonly prefix?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Settles when it is ready. @throws with what it said, where it ends before */
export async function startService(place: Pick<Place, "config">, where?: Where): Promise<Service> {
  const launched = launchService(place, where);
  const ready = await eventually("the service is ready", () => {
    const { exitCode } = launched.process;
    if (exitCode !== null) throw new Error(`it ended (${exitCode}): ${launched.output.stderr}`);
    const [line] = launched.output.stdout.split("\n");
    return line ? Ready.parse(JSON.parse(line)) : undefined;
  });
  const stop = (): Promise<Finished> => {
    launched.process.kill("SIGTERM");
    return launched.finished;
  };
  return { ...launched, ready, stop };
}

/** One that nobody had a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
