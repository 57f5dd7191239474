/** An audit event in a few words, for a row of a table. */
import type { AuditEvent } from "./event.ts";

export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

export function describeEvent(event: AuditEvent): string {
  const subject = oneLine(subjectOf(event));
  const failure = failureOf(event);
  return [subject, failure === "" ? "" : `(${failure})`].filter((part) => part !== "").join(" ");
}

/** Whom or what it is about, where the table's other columns don't say. */
function subjectOf(event: AuditEvent): string {
  switch (event.event) {
    case "db.session.query":
      return event.db_query;
    case "db.session.postgres.function":
      return `function ${event.function_oid}`;
    case "db.session.start":
    case "db.session.cancel":
      return `${event.db_user}@${event.db_name}`;
    case "db.session.end":
      return `${event.reason}, ${event.statements} ${event.statements === 1 ? "statement" : "statements"}`;
    case "cert.create":
      return event.cert_type === "host" ? "host" : `${event.cert_type} ${event.db_user}@${event.db_name}`;
    case "cert.delete":
      return `${event.cert_type} ${event.db_user}@${event.db_name}`;
    case "instance.join":
      return [event.host_id, event.token_name && `with the token ${event.token_name}`]
        .filter(Boolean)
        .join(" ");
    case "host.refused":
      return `${event.host_id}: ${event.action}`;
    case "auth":
    default:
      return "name" in event ? event.name : "";
  }
}

/** What went wrong, and the decision under which an admin finds the rest; empty for what succeeded. */
export function failureOf(event: AuditEvent): string {
  const error = "error" in event ? event.error : undefined;
  const message = "message" in event && !event.success ? event.message : undefined;
  const decision = "decision_id" in event && !event.success ? event.decision_id : undefined;
  const words = error ?? message ?? "";
  return decision === undefined || words.includes(decision) ? words : `${words}, decision ${decision}`;
}
