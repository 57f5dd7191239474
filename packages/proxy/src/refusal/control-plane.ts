/** What the control plane decided, or why it couldn't. */
import { SQLSTATE } from "@postern/wire/sqlstate";
import { decision, knownSqlstate, type Words } from "./words.ts";

export type ControlPlaneProblem =
  /** In the control plane's own words. */
  | { readonly type: "denied"; readonly sqlstate: string; readonly message: string; readonly hint: string }
  | { readonly type: "control_plane_unreachable" }
  | {
      readonly type: "control_plane_failed";
      readonly message: string;
      readonly decisionId?: string | undefined;
    };

export function controlPlaneWords(problem: ControlPlaneProblem): Words {
  switch (problem.type) {
    case "denied":
      return { code: knownSqlstate(problem.sqlstate), message: problem.message, hint: problem.hint };
    case "control_plane_unreachable":
      return {
        code: SQLSTATE.cannot_connect_now,
        message: "Postern's control plane can't be reached, so no new session can be opened",
        hint: "try again in a moment; sessions that are open go on",
      };
    case "control_plane_failed":
      return {
        code: SQLSTATE.connection_failure,
        message: `the session couldn't be opened: ${problem.message}${decision(problem.decisionId)}`,
        hint: "tell an administrator: the reason is in the control plane's log and at /v1/health",
      };
  }
}
