import { spawn } from "node:child_process";
import type { Stage } from "./stage.ts";

export interface PsqlResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PsqlOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Called with the child as soon as it runs. */
  readonly onStart?: (child: ReturnType<typeof spawn>) => void;
}

export function psqlEnv(stage: Stage): Record<string, string> {
  return {
    PGHOST: "localhost",
    PGHOSTADDR: "127.0.0.1",
    PGPORT: String(stage.proxy.port),
    PGUSER: "alice",
    PGDATABASE: "postgres",
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: stage.files.ca,
    PGSSLCERT: stage.files.cert,
    PGSSLKEY: stage.files.key,
    PGCONNECT_TIMEOUT: "10",
  };
}

/** Runs the real psql to its end. */
export function psql(stage: Stage, args: readonly string[], options: PsqlOptions = {}): Promise<PsqlResult> {
  return new Promise((resolve, reject) => {
    const child = spawn("psql", ["-X", "-At", ...args], {
      env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...psqlEnv(stage), ...options.env },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    options.onStart?.(child);
    child.stdin.end(options.stdin ?? "");
  });
}
