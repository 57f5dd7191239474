/**
 * What a proxy tells of a session: facts, in the order in which it saw them. The control plane makes events of them
 * and adds who and where by itself, from the session record: a host can't write history.
 */
import { z } from "zod";

/** Limits on one record and one chunk; larger texts and values are cut, and say so by their length and hash. */
export const recordLimits = {
  statementBytes: 1_048_576,
  parameterBytes: 65_536,
  parametersBytes: 1_048_576,
  parameters: 65_535,
  errorBytes: 8_192,
  recordsPerChunk: 1_000,
  chunkBytes: 4_194_304,
} as const;

const Count = z.int().min(0);
const Time = z.int().min(0).describe("milliseconds since 1970, by the proxy's clock");
/** More than any session counts, and far enough below the last safe integer that what follows it can be counted. */
const maxIndex = 2 ** 48;
const EventIndex = z
  .int()
  .min(1)
  .max(maxIndex)
  .describe("place of the event in its session; 0 is the session's start");
const Sqlstate = z.string().regex(/^[0-9A-Z]{5}$/);
const ErrorText = z.string().max(recordLimits.errorBytes);

/** Present where the value was cut: the whole one's length and SHA-256, so that it can still be proven. */
const Cut = z.strictObject({ bytes: Count, sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/** One bound parameter. A binary one is base64; `value: null` is SQL's NULL. `oid` 0 or absent: the server infers it. */
export const Parameter = z.strictObject({
  format: z.enum(["text", "binary"]),
  value: z.string().nullable(),
  oid: z.int().min(0).optional(),
  cut: Cut.optional(),
});
export type Parameter = z.infer<typeof Parameter>;

/** A statement is about to leave for the server. It is in the spool before the first byte of it is sent. */
export const StatementBegin = z
  .strictObject({
    type: z.literal("begin"),
    ei: EventIndex,
    statement_id: z.string().max(64),
    time: Time,
    protocol: z.enum(["simple", "extended", "function"]),
    text: z.string().max(recordLimits.statementBytes),
    text_cut: Cut.optional(),
    parameters: z.array(Parameter).max(recordLimits.parameters).optional(),
    function_oid: z.int().min(0).optional(),
  })
  // Each of its replies would repeat them.
  .refine(
    ({ protocol, parameters = [] }) => protocol !== "simple" || parameters.length === 0,
    "a Query has no parameters",
  );
export type StatementBegin = z.infer<typeof StatementBegin>;

/**
 * What became of a statement. A Query with several statements has one begin and an outcome per reply, told apart by
 * `statement_index`; `text` is then that statement's own text where PostgreSQL's parser could give it.
 */
export const StatementOutcome = z.strictObject({
  type: z.literal("outcome"),
  ei: EventIndex,
  statement_id: z.string().max(64),
  statement_index: Count.max(maxIndex),
  text: z.string().max(recordLimits.statementBytes).optional(),
  time: Time,
  duration_ms: z.number().min(0),
  success: z.boolean(),
  command: z.string().max(64).optional().describe("the command tag without its counts, e.g. SELECT"),
  affected_records: Count.optional(),
  bytes: Count.optional().describe("bytes of the reply"),
  sqlstate: Sqlstate.optional(),
  error: ErrorText.optional(),
});
export type StatementOutcome = z.infer<typeof StatementOutcome>;

/**
 * A statement of a pipeline whose begin had been written and which the server then passed over: after an error it
 * reads and drops everything up to the next Sync (manual, "Extended Query"). Or an Execute that turned out to go on
 * with a suspended one, to whose event it adds. Either way its place is taken, and it gives no event.
 */
export const StatementSkipped = z.strictObject({
  type: z.literal("skipped"),
  ei: EventIndex,
  statement_id: z.string().max(64),
  time: Time,
});
export type StatementSkipped = z.infer<typeof StatementSkipped>;

/** The server let the session in. */
export const SessionConnected = z.strictObject({
  type: z.literal("connected"),
  time: Time,
  postgres_pid: Count.optional(),
  server_version: z.string().max(100).optional(),
  user_agent: z.string().max(200).optional().describe("the client's application_name"),
});
export type SessionConnected = z.infer<typeof SessionConnected>;

/** Someone asked to cancel what the session was running. */
export const CancelRequested = z.strictObject({
  type: z.literal("cancel"),
  ei: EventIndex,
  time: Time,
  statement_id: z.string().max(64).optional(),
  address: z.string().max(100),
});
export type CancelRequested = z.infer<typeof CancelRequested>;

export const sessionEndReasons = [
  "client_closed",
  "client_lost",
  "server_closed",
  "upstream_failed",
  "protocol_violation",
  "access_ended",
  "proxy_stopped",
  "proxy_lost",
] as const;

/** The session is over; nothing of it follows. */
export const SessionEnd = z.strictObject({
  type: z.literal("end"),
  ei: EventIndex,
  time: Time,
  reason: z.enum(sessionEndReasons),
  statements: Count,
  errors: Count,
  bytes_in: Count,
  bytes_out: Count,
  sqlstate: Sqlstate.optional(),
  error: ErrorText.optional(),
});
export type SessionEnd = z.infer<typeof SessionEnd>;

export const AuditRecord = z.discriminatedUnion("type", [
  SessionConnected,
  StatementBegin,
  StatementOutcome,
  StatementSkipped,
  CancelRequested,
  SessionEnd,
]);
export type AuditRecord = z.infer<typeof AuditRecord>;
