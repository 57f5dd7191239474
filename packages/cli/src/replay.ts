/** A recorded session as a person reads it: prompts, statements, results, errors and timing. */
import type { AuditEvent, FunctionCallEvent, SessionQueryEvent } from "@postern/core/audit/event";
import { printable } from "./output.ts";

export function formatReplay(events: readonly AuditEvent[]): string[] {
  return events.flatMap(replayEvent).map(printable);
}

function replayEvent(event: AuditEvent): string[] {
  switch (event.event) {
    case "db.session.start": {
      const verb = event.success ? "started" : "refused";
      return [
        `Session ${verb} to database "${event.db_service}" as ${event.db_user} at ${event.time}`,
        ...error(event),
      ];
    }
    case "db.session.query":
      return ["", ...replayStatement(event), ...result(event)];
    case "db.session.postgres.function":
      return ["", `${event.db_name}=> -- function call ${event.function_oid}`, ...result(event)];
    case "db.session.cancel":
      return ["", "-- cancel requested"];
    case "db.session.end":
      return ["", ...error(event), `Session ended at ${event.time} (${event.reason})`];
    default:
      return [];
  }
}

function replayStatement(event: SessionQueryEvent): string[] {
  const [first = "", ...rest] = event.db_query.split("\n");
  const values = event.db_query_parameters.map((value, index) => `$${index + 1} = ${JSON.stringify(value)}`);
  const lines = [`${event.db_name}=> ${first}`, ...rest.map((line) => `${event.db_name}-> ${line}`)];
  return values.length === 0 ? lines : [...lines, `-- ${values.join(", ")}`];
}

function result(event: SessionQueryEvent | FunctionCallEvent): string[] {
  const time = event.duration_ms === null ? "" : ` in ${event.duration_ms.toFixed(1)} ms`;
  if (event.outcome === "unknown") return ["-- the outcome is unknown: the proxy was lost"];
  if (!event.success) return [`ERROR ${event.sqlstate ?? ""}: ${event.error ?? ""}${time}`];
  const count = "affected_records" in event ? event.affected_records : undefined;
  const rows = count === undefined ? "" : ` (${count} ${count === 1 ? "row" : "rows"})`;
  return [`${"command" in event ? (event.command ?? "SUCCESS") : "SUCCESS"}${rows}${time}`];
}

function error(event: { error?: string | undefined }): string[] {
  return event.error === undefined ? [] : [`ERROR: ${event.error}`];
}
