/** The two stages that tests evaluate: one without any configuration, and production with all of it. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Expectations } from "../rules/violations.ts";
import type { EvaluateRequest } from "./evaluate.ts";
import type { Graph, SourceEdit } from "./graph.ts";
import { root, sstDirectory } from "./platform.ts";

const run = promisify(execFile);

export interface Stage {
  readonly name: string;
  /** As `.env.<stage>` would set it. */
  readonly environment: Record<string, string>;
  readonly expectations: Expectations;
}

export const dev: Stage = {
  name: "dev",
  environment: {},
  expectations: { connect: { databaseUsers: [], roles: [] }, databasePorts: [] },
};

export const production: Stage = {
  name: "production",
  environment: {
    POSTERN_DOMAIN: "postern.example.com",
    POSTERN_PROXY_DOMAIN: "db.postern.example.com",
    POSTERN_DATABASES: JSON.stringify([
      {
        name: "aurora",
        protocol: "postgres",
        uri: "aurora.cluster-abc.us-west-1.rds.amazonaws.com:5432",
        labels: { env: "prod" },
        aws: { region: "us-west-1", account_id: "111111111111", resource_id: "cluster-ABC" },
      },
      {
        name: "billing",
        protocol: "postgres",
        uri: "billing.cluster-abc.us-west-1.rds.amazonaws.com:5433",
        aws: { region: "us-west-1", assume_role_arn: "arn:aws:iam::222222222222:role/postern-billing" },
      },
    ]),
    POSTERN_CONNECT_ARNS: "arn:aws:rds-db:us-east-1:123456789012:dbuser:db-XYZ/alice",
  },
  expectations: {
    connect: {
      databaseUsers: [
        "arn:aws:rds-db:us-east-1:123456789012:dbuser:db-XYZ/alice",
        "arn:aws:rds-db:us-west-1:111111111111:dbuser:cluster-ABC/*",
      ],
      roles: ["arn:aws:iam::222222222222:role/postern-billing"],
    },
    databasePorts: [5432, 5433],
  },
};

/** Evaluates sst.config.ts for a stage, in a process that sees the stage's environment and no credentials. */
export async function evaluate(stage: Stage, edits: readonly SourceEdit[] = []): Promise<Graph> {
  const scratch = await mkdtemp(path.join(tmpdir(), "postern-infra-"));
  try {
    const request: EvaluateRequest = {
      stage: stage.name,
      out: path.join(scratch, "graph.json"),
      scratch,
      edits,
    };
    await run(process.execPath, [path.join(import.meta.dirname, "evaluate.ts"), JSON.stringify(request)], {
      cwd: root,
      env: {
        PATH: process.env["PATH"],
        // Pulumi's AWS package is large: compiled once, it loads in half the time.
        NODE_COMPILE_CACHE: path.join(sstDirectory, "compile-cache"),
        AWS_EC2_METADATA_DISABLED: "true",
        AWS_ACCESS_KEY_ID: "none",
        AWS_SECRET_ACCESS_KEY: "none",
        ...stage.environment,
      },
    });
    // Written by evaluate.ts.
    return JSON.parse(await readFile(request.out, "utf8")) as Graph;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Two at a time: an evaluation keeps one processor busy for seconds. */
export async function evaluateAll<T>(
  items: readonly T[],
  one: (item: T) => Promise<Graph>,
): Promise<Map<T, Graph>> {
  const graphs = new Map<T, Graph>();
  const queue = items.values();
  const work = async () => {
    for (const item of queue) graphs.set(item, await one(item));
  };
  await Promise.all([work(), work()]);
  return graphs;
}
