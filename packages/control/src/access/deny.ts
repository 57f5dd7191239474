/** What a refused connection is recorded as, and answered. */
import type { OpenSessionResponse } from "@postern/core/api/host";
import type { Write } from "@postern/store/port";
import { eventWrites, type NewEvent } from "../audit/append.ts";
import type { Denial } from "./denial.ts";
import type { Denied } from "./judge.ts";
import type { Opening } from "./opening.ts";
import { sessionFacts } from "./session-facts.ts";

/** The refused start, and the host's part in it where it asked for what isn't its own. */
export function denyWrites(opening: Opening, denied: Denied): Write[] {
  const events = [refusedStart(opening, denied), ...(denied.byHost ? [refusedHost(opening, denied)] : [])];
  return eventWrites(opening.deps, events);
}

function refusedStart({ call, request, sid, decisionId }: Opening, denied: Denied): NewEvent {
  const { denial, credential, database } = denied;
  return {
    event: "db.session.start",
    code: "TDB00W",
    ...sessionFacts(sid, request, credential?.grant, database),
    success: false,
    message: denial.message,
    reasons: [...denial.reasons],
    decision_id: decisionId,
    sqlstate: denial.sqlstate,
    server_id: call.caller.hostId,
  };
}

function refusedHost({ call, sid }: Opening, { denial, credential }: Denied): NewEvent {
  return {
    event: "host.refused",
    code: "PH001W",
    host_id: call.caller.hostId,
    action: "session.open",
    sid,
    db_service: credential?.grant.database,
    "addr.remote": call.address,
    success: false,
    message: denial.reasons.join("; "),
  };
}

/** What the person is told; the decision id leads an admin to the reasons. */
export function denyAnswer(
  { decisionId }: Opening,
  { sqlstate, message, hint }: Denial,
): OpenSessionResponse {
  return {
    decision: "deny",
    decision_id: decisionId,
    sqlstate,
    message: `${message} (decision ${decisionId})`,
    hint,
  };
}
