/**
 * Evaluates sst.config.ts for one stage, with SST's real components over a stand-in for AWS, and writes the graph as
 * JSON. A process of its own for each evaluation, for Pulumi's runtime is global: `node evaluate.ts REQUEST`.
 */
import crypto from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { linksOf, startCliServer } from "./cli-server.ts";
import type { Graph, SourceEdit } from "./graph.ts";
import { platformDirectory } from "./platform.ts";
import { loadApp, loadProgram } from "./program.ts";
import { namesByArn, REGION, unknownCalls } from "./provider.ts";
import { record } from "./recorder.ts";

export interface EvaluateRequest {
  readonly stage: string;
  /** Where the graph goes. */
  readonly out: string;
  /** A scratch folder. */
  readonly scratch: string;
  readonly edits: readonly SourceEdit[];
}

const request: EvaluateRequest = JSON.parse(process.argv[2] ?? "{}");
const require = createRequire(path.join(platformDirectory, "package.json"));

// Physical names end in 8 random bytes; the graph shall be the same each time.
const { randomBytes } = crypto;
Object.assign(crypto, {
  randomBytes: (size: number) => (size === 8 ? Buffer.alloc(8, 1) : randomBytes(size)),
});

process.env["SST_SERVER"] = await startCliServer(path.join(request.scratch, "artifacts"));
process.env["SST_AWS_REGION"] = REGION;

// In the platform's folder, where Node finds its packages; process ids keep evaluations apart.
const bundles = ["app", "run"].map((name) =>
  path.join(platformDirectory, `evaluate-${name}-${process.pid}.mjs`),
);
const [appBundle = "", runBundle = ""] = bundles;
process.once("exit", () => {
  for (const bundle of bundles) rmSync(bundle, { force: true });
});

const app = await loadApp(require, appBundle, request.stage);
const { pulumi, resources, links } = record(require, app.name, app.stage);
const program = await loadProgram(require, runBundle, { app, work: request.scratch, edits: request.edits });

// Emitted when the event loop has drained: every output is resolved, every resource registered.
process.once("beforeExit", () => {
  const graph: Graph = { app, resources, namesByArn, links, linksOf, unknownCalls: [...unknownCalls] };
  writeFileSync(request.out, JSON.stringify(graph));
});
await pulumi.runtime.runInPulumiStack(program);
