/** Whether the control plane works. For anybody who asks: it names what is wrong and nothing that would help to break in. */
import type { Health } from "@postern/core/api/read";
import { StoreError } from "@postern/store/error";
import type { z } from "zod";
import type { Base } from "../ports.ts";
import { loadCloudProblem } from "./cloud-problem.ts";

/** Never throws for what it is there to tell. */
export async function getHealth(base: Base): Promise<z.infer<typeof Health>> {
  const problems = await findProblems(base);
  const { version, clusterName } = base.config;
  return { status: problems.length === 0 ? "ok" : "degraded", version, cluster_name: clusterName, problems };
}

async function findProblems(base: Base): Promise<string[]> {
  try {
    const cloud = await loadCloudProblem(base);
    return cloud === undefined ? [] : [cloud];
  } catch (error) {
    if (error instanceof StoreError) return [`the store does not answer (${error.code})`];
    throw error;
  }
}
