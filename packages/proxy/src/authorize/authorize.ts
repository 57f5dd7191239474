/** Asks the control plane whether a client may connect, and believes nothing else. */
import type { OpenSessionRequest, OpenSessionResponse } from "@postern/core/api/host";
import { isFault } from "@postern/core/fault";
import type { ControlPlane } from "../control-plane.ts";
import { Refusal } from "../refusal/refusal.ts";
import { type AllowedAccess, allow } from "./allowed-access.ts";

/** @throws Refusal: what was decided against, or that nothing could be decided */
export async function authorize(
  controlPlane: Pick<ControlPlane, "openSession">,
  request: OpenSessionRequest,
): Promise<AllowedAccess> {
  const answer = await ask(controlPlane, request);
  if (answer.decision === "allow") return allow(answer);
  const { sqlstate, message, hint } = answer;
  throw new Refusal({ type: "denied", sqlstate, message, hint });
}

/** Twice at most, with the same idempotency key: a session that the first try opened isn't opened again. */
async function ask(
  controlPlane: Pick<ControlPlane, "openSession">,
  request: OpenSessionRequest,
): Promise<OpenSessionResponse> {
  try {
    return await controlPlane.openSession(request);
  } catch (error) {
    if (!isFault(error, "service.unavailable")) throw refusalOf(error);
  }
  try {
    return await controlPlane.openSession(request);
  } catch (error) {
    throw refusalOf(error);
  }
}

function refusalOf(error: unknown): Refusal {
  if (isFault(error, "service.unavailable")) return new Refusal({ type: "control_plane_unreachable" }, error);
  if (isFault(error)) {
    return new Refusal(
      { type: "control_plane_failed", message: error.message, decisionId: error.data.decision_id },
      error,
    );
  }
  throw error;
}
