/**
 * DynamoDB on one machine, for tests and for the one-machine runtime: a process of `@dynoxide/linux-x64`. It knows no
 * IAM, listens on the loopback address alone, and never runs in AWS.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";

export interface EmulatorOptions {
  /** The file that keeps the tables; without it they live in memory. */
  readonly dataPath?: string;
}

export interface Emulator {
  /** For `openDynamoStore` and `createTable`. */
  readonly config: DynamoDBClientConfig;
  readonly endpoint: string;
  readonly pid: number;
  /** Resolves once the process is gone. */
  stop(): Promise<void>;
}

const READY_LINE = "listening on";
const PORT_ATTEMPTS = 5;
const STOP_GRACE_MS = 5000;

/** The emulator's program; undefined on platforms that it is not installed for. */
export function emulatorProgram(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(
      `@dynoxide/${process.platform}-${process.arch}/package.json`,
    );
    return join(dirname(manifest), "dynoxide");
  } catch {
    return undefined;
  }
}

/** Starts it on a free port. Another process may take the port in between, so a few ports are tried. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const program = emulatorProgram();
  if (program === undefined) {
    throw new Error(
      `@dynoxide/${process.platform}-${process.arch} is not installed: no DynamoDB on this machine`,
    );
  }
  for (let tried = 1; ; tried += 1) {
    try {
      return await startOn(await freePort(), program, options);
    } catch (error) {
      if (tried === PORT_ATTEMPTS) {
        throw error;
      }
    }
  }
}

async function startOn(port: number, program: string, { dataPath }: EmulatorOptions): Promise<Emulator> {
  const file = dataPath === undefined ? [] : ["--db-path", dataPath];
  const args = ["--host", "127.0.0.1", "--port", String(port), ...file];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  await once(child, "spawn");
  await ready(child);
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    // The emulator checks no signature; the SDK insists on making one.
    config: { endpoint, region: "local", credentials: { accessKeyId: "local", secretAccessKey: "local" } },
    pid: child.pid ?? 0,
    stop: async () => await stop(child),
  };
}

/** Waits for the line that says it listens. What it writes must be read to the end, or it would block. */
async function ready(child: ChildProcess): Promise<void> {
  let output = "";
  await new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer): void => {
      if (output.length < 10_000) {
        output += chunk.toString();
      }
      if (output.includes(READY_LINE)) {
        resolve();
      }
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("exit", () => reject(new Error(`the DynamoDB emulator ended at once: ${output.trim()}`)));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const impatience = setTimeout(() => child.kill("SIGKILL"), STOP_GRACE_MS);
  await gone;
  clearTimeout(impatience);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") {
    throw new Error("the system gave no port");
  }
  return address.port;
}
