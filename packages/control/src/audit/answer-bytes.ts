import type { AuditEvent } from "@postern/core/audit/event";

/** What an event takes of a Lambda function's answer, in which the body's JSON is a text of JSON once more. */
export function answerBytes(event: AuditEvent): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(event)));
}
