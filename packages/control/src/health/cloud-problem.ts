/** What AWS last refused us, so that health can tell: users only see a decision id. */
import { Fault, isFault } from "@postern/core/fault";
import { formatTime, hour } from "@postern/core/time";
import { z } from "zod";
import { cloudProblemKey } from "../keys.ts";
import type { Base } from "../ports.ts";

/** A problem that was not seen again for this long is over. */
const kept = hour;

const CloudProblem = z.strictObject({ code: z.string(), problem: z.string(), at: z.string() });

export function isCloudFault(error: unknown): error is Fault {
  return isFault(error, "cloud.credentials", "cloud.refused", "service.unavailable");
}

/** AWS refused what the control plane asked for. The message names roles and accounts; `summary` doesn't. */
export class CloudRefusal extends Fault {
  readonly summary: string;

  constructor(message: string, summary: string, hint: string, cause?: unknown) {
    super("cloud.refused", message, { hint }, cause);
    this.summary = summary;
  }
}

/** Tells the control plane's log, which is for admins, under the id that the person was given. */
export type CloudReport = (decisionId: string, fault: Fault) => void;

/**
 * Anybody may ask for health, so it tells nothing of roles and accounts: those are in the control plane's log and in the
 * audit log, under the decision id. Where credentials were looked for is no secret.
 */
export async function recordCloudProblem(
  { store, clock, reportCloud }: Base & { readonly reportCloud: CloudReport },
  fault: Fault,
  decisionId: string,
): Promise<void> {
  reportCloud(decisionId, fault);
  const problem = `${publicDetail(fault)} (decision ${decisionId})`;
  const value = { code: fault.code, problem, at: formatTime(clock()) };
  await store.commit([
    { type: "put", key: cloudProblemKey, value, expiresAt: clock() + kept, condition: { type: "none" } },
  ]);
}

function publicDetail(fault: Fault): string {
  if (fault instanceof CloudRefusal) return fault.summary;
  return fault.code === "cloud.refused" ? "AWS refused a request of the control plane" : fault.message;
}

/** The last problem, with its time; undefined where there was none for an hour. */
export async function loadCloudProblem({ store }: Base): Promise<string | undefined> {
  const item = await store.get(cloudProblemKey);
  if (item === undefined) return undefined;
  const { code, problem, at } = CloudProblem.parse(item.value);
  return `${at} ${code}: ${problem}`;
}
