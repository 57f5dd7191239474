/** Bodies of the routes that read: databases, audit, recordings, health. */
import { z } from "zod";
import { AuditEvent } from "../audit/event.ts";
import { Name } from "./identity.ts";

const Time = z.iso.datetime();

/** `allowed_users` is for the person who asks: `[*]`, `[a b]`, `[* a], except: [c]` or `(none)`. */
export const DatabaseList = z.strictObject({
  databases: z.array(
    z.strictObject({
      name: Name,
      description: z.string(),
      protocol: z.literal("postgres"),
      uri: z.string(),
      labels: z.record(z.string(), z.string()),
      allowed_users: z.string(),
      public_addr: z.string().nullable().describe("where a live host serves it; null when none does"),
      health: z.enum(["healthy", "unhealthy", "unknown"]).describe("healthy where any live host finds it so"),
      health_reason: z.string().nullable().describe("why it is unhealthy"),
      health_since: Time.nullable(),
    }),
  ),
});
export type DatabaseList = z.infer<typeof DatabaseList>;

/** Newest last. `since` and `until` bound the events' time; `cursor` asks for the page before. */
export const AuditQuery = z.strictObject({
  since: Time.optional(),
  until: Time.optional(),
  user: Name.optional(),
  event: z.string().max(64).optional(),
  sid: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  cursor: z.string().max(512).optional(),
});
export type AuditQuery = z.infer<typeof AuditQuery>;

export const AuditPage = z.strictObject({ events: z.array(AuditEvent), cursor: z.string().optional() });
export type AuditPage = z.infer<typeof AuditPage>;

/** `cursor` is the answer's before; without one, what arrives from now on. */
export const AuditFollowQuery = z.strictObject({
  user: Name.optional(),
  event: z.string().max(64).optional(),
  cursor: z.string().max(256).optional(),
});
export type AuditFollowQuery = z.infer<typeof AuditFollowQuery>;

/** A statement that has no event yet, as it wasn't answered; a long text is cut. */
export const RunningStatement = z.strictObject({
  sid: z.string(),
  statement_id: z.string(),
  time: Time,
  user: Name,
  db_service: z.string(),
  db_user: z.string(),
  db_name: z.string(),
  db_query: z.string(),
});
export type RunningStatement = z.infer<typeof RunningStatement>;

/** In the order of arrival. `uid` and `statement_id` tell what was answered before; `more`: ask again at once. */
export const AuditFollowPage = z.strictObject({
  events: z.array(AuditEvent),
  running: z.array(RunningStatement),
  cursor: z.string(),
  more: z.boolean(),
});
export type AuditFollowPage = z.infer<typeof AuditFollowPage>;

/** Newest last. `since` bounds the sessions' start; `cursor` asks for the page before. */
export const RecordingsQuery = z.strictObject({
  since: Time.optional(),
  user: Name.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  cursor: z.string().max(128).optional(),
});

export const Recording = z.strictObject({
  sid: z.string(),
  user: Name,
  database: Name,
  db_user: z.string(),
  db_name: z.string(),
  started_at: Time,
  ended_at: Time.nullable(),
  statements: z.int().nullable(),
});
export const RecordingList = z.strictObject({
  recordings: z.array(Recording),
  cursor: z.string().optional(),
});

export const RecordingParams = z.strictObject({ sid: z.string().min(1).max(64) });
/** The session's events in the order of their `ei`. */
export const RecordingEvents = z.strictObject({ events: z.array(AuditEvent) });

export const Health = z.strictObject({
  status: z.enum(["ok", "degraded"]),
  version: z.string(),
  cluster_name: z.string(),
  problems: z.array(z.string()),
});

export const Problem = z.strictObject({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  hint: z.string().optional(),
  decision_id: z.string().optional(),
  issues: z
    .array(
      z.strictObject({
        path: z.string(),
        message: z.string(),
        line: z.int().optional(),
        column: z.int().optional(),
      }),
    )
    .optional(),
});
export type Problem = z.infer<typeof Problem>;
