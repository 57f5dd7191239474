import { z } from "zod";
import { printable } from "./printable.ts";

/** Keys of Teleport's roles and users that have no meaning here yet: not typing errors, and never silently dropped. */
const laterKeys: ReadonlySet<string> = new Set([
  "actions",
  "client_idle_timeout",
  "create_db_user_mode",
  "db_labels_expression",
  "db_permissions",
  "disconnect_expired_cert",
  "lock",
  "max_connections",
  "mfa_verification_interval",
  "namespaces",
  "pin_source_ip",
  "record_session",
  "request",
  "request_access",
  "require_session_mfa",
  "review_requests",
  "where",
]);

/** What is wrong with a key that a schema doesn't know. */
export function unknownKey(key: string): string {
  return laterKeys.has(key) ? "is not supported yet" : "unknown key";
}

/** An object that refuses unknown keys. */
export function strictObject<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? unknownKeys(issue.keys) : undefined),
  });
}

function unknownKeys(keys: unknown): string {
  const names = Array.isArray(keys) ? keys.map(String) : [];
  return names.map((name) => `\`${printable(name)}\`: ${unknownKey(name)}`).join("; ");
}
