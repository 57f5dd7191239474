/** Runs a program that is a client: it says `running` when it executes what is to be cancelled, and goes on when told. */
import { spawn } from "node:child_process";
import { follow } from "../../support/local.ts";
import type { Way } from "./credentials.ts";

/** What every client does, and reports: DDL, parameters, a transaction, COPY, a large result, an error, a cancel. */
export interface Report {
  /** COPY's output, where the client can. */
  readonly copied?: string;
  /** Of the large result. */
  readonly rows: number;
  /** The SQLSTATE of the syntax error. */
  readonly failed: string;
  /** That of the statement that it cancelled. */
  readonly cancelled: string;
  /** What the table holds at the session's end. */
  readonly words: readonly string[];
  /** What a second session answers. */
  readonly again: string;
}

/** @param untilItRuns settles when the statement to be cancelled runs. @throws what the program says where it fails */
export async function runProgram(
  [command = "", ...args]: readonly string[],
  { env, url, jdbcUrl }: Way,
  untilItRuns: () => Promise<unknown>,
): Promise<Report> {
  const variables = {
    PATH: process.env["PATH"],
    LC_ALL: "C.UTF-8",
    ...env,
    DATABASE_URL: url,
    JDBC_URL: jdbcUrl,
  };
  const child = spawn(command, args, { env: variables });
  const { finished, output } = follow(child);
  child.stdin.on("error", () => undefined);
  child.stdout.on("data", () => {
    if (output.stdout === "running\n") void untilItRuns().then(() => child.stdin.write("cancel\n"));
  });
  const { code, stdout, stderr } = await finished;
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout.split("\n")[1] ?? "") as Report;
}
