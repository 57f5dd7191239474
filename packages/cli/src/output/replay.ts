/** A recorded session as a person reads it: prompts, statements, results, errors and timing. */

import { failureOf } from "@postern/core/audit/describe";
import type { AuditEvent, FunctionCallEvent, SessionQueryEvent } from "@postern/core/audit/event";

/** The lines to show, in the events' order. */
export function formatReplay(events: readonly AuditEvent[]): string[] {
  return events.flatMap(replayEvent);
}

function replayEvent(event: AuditEvent): string[] {
  switch (event.event) {
    case "db.session.start":
      return [
        `Session ${event.success ? "started" : "refused"} at ${event.time}: ${event.user} to the database ` +
          `${event.db_service} as ${event.db_user}, name ${event.db_name}`,
        ...failure(event),
      ];
    case "db.session.query":
      return ["", ...statement(event), outcome(event, event.command ?? "SUCCESS", event.affected_records)];
    case "db.session.postgres.function":
      return ["", `${event.db_name}=> -- function call ${event.function_oid}`, outcome(event, "SUCCESS")];
    case "db.session.cancel":
      return ["", "-- cancel requested"];
    case "db.session.end":
      return ["", ...failure(event), `Session ended at ${event.time} (${event.reason})`];
    default:
      return [];
  }
}

/** With psql's prompts. */
function statement(event: SessionQueryEvent): string[] {
  const lines = event.db_query.split(/\r?\n/);
  const prompted = lines.map((line, index) => `${event.db_name}${index === 0 ? "=>" : "->"} ${line}`);
  const cut = event.db_query_cut ? [`-- cut: ${event.db_query_cut.bytes} bytes in all`] : [];
  const values = event.db_query_parameters.map((value, index) => `$${index + 1} = ${JSON.stringify(value)}`);
  return [...prompted, ...cut, ...(values.length === 0 ? [] : [`-- ${values.join(", ")}`])];
}

function outcome(event: SessionQueryEvent | FunctionCallEvent, done: string, count?: number): string {
  if (event.outcome === "unknown") return "-- the outcome is unknown: the proxy was lost";
  const time = event.duration_ms === null ? "" : ` in ${event.duration_ms.toFixed(1)} ms`;
  if (!event.success) return `ERROR ${event.sqlstate ?? ""}: ${failureOf(event)}${time}`;
  const rows = count === undefined ? "" : ` (${count} ${count === 1 ? "row" : "rows"})`;
  return `${done}${rows}${time}`;
}

function failure(event: AuditEvent): string[] {
  const text = failureOf(event);
  return text === "" ? [] : [`ERROR: ${text}`];
}
