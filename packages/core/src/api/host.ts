/** Bodies of the routes that proxies and database services call: heartbeat, sessions, audit, changes. */
import { z } from "zod";
import { AuditRecord, recordLimits } from "../audit/record.ts";
import { Labels } from "../label/labels.ts";
import { Database } from "../resource/db.ts";
import { EndpointText } from "../resource/endpoint.ts";
import { Name } from "./identity.ts";

const Pem = z.string().max(16_384);
const Time = z.iso.datetime();

/** A database as its service's configuration states it; the control plane keeps what it froze at first sight. */
export const ServedDatabase = z.strictObject({
  name: Database.shape.metadata.shape.name,
  description: z.string().max(1024),
  labels: Labels,
  spec: Database.shape.spec,
});
export type ServedDatabase = z.infer<typeof ServedDatabase>;

/** How its host finds a database: whether it answers, with a certificate that can be trusted. */
export const DatabaseHealth = z.strictObject({
  database: Database.shape.metadata.shape.name,
  status: z.enum(["healthy", "unhealthy"]),
  /** Why it is unhealthy, for people. */
  reason: z.string().max(200).optional(),
  since: Time,
});
export type DatabaseHealth = z.infer<typeof DatabaseHealth>;

/**
 * The upper 15 bits of the cancel keys that a host hands out, so that any other host knows whose they are: leased to one
 * host at a time.
 */
export const Instance = z.int().min(0).max(0x7fff);

/** Another host: which cancel keys are its own, and where it may be found. */
export const Peer = z.strictObject({
  host_id: z.string().max(64),
  instance: Instance,
  /** To be tried one after the other: only the certificate there tells whether it is this host. */
  addrs: z.array(EndpointText).max(9),
});
export type Peer = z.infer<typeof Peer>;

/** Says that the host is alive and what it serves; sent at start and every few seconds. */
export const HeartbeatRequest = z.strictObject({
  public_addr: z.string().max(262),
  version: z.string().max(64),
  databases: z
    .array(ServedDatabase)
    .max(1000)
    .refine(
      (databases) => new Set(databases.map(({ name }) => name)).size === databases.length,
      "each database is stated once",
    ),
  /** Of those that have been looked at. */
  health: z.array(DatabaseHealth).max(1000).optional(),
  /** Where other hosts find it, besides its public address, which may be a balancer's. */
  peer_addrs: z.array(EndpointText).max(8).optional(),
  /** Whose cancel keys it hands out; absent at its start. */
  instance: Instance.optional(),
});
export type HeartbeatRequest = z.infer<typeof HeartbeatRequest>;

/** `refused` names the databases that this host may not serve as it states them, and why. */
export const HeartbeatResponse = z.strictObject({
  refused: z.array(z.strictObject({ database: z.string(), reason: z.string() })),
  instance: Instance,
  /** All other hosts, where the request named no instance; those that come later are told as changes. */
  peers: z.array(Peer),
  host_ca: z.array(Pem),
  user_ca: z.array(Pem),
});
export type HeartbeatResponse = z.infer<typeof HeartbeatResponse>;

/** What the client presented: the certificate's PEM as TLS verified it, or the database token it sent as password. */
export const PresentedCredential = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("certificate"), certificate: Pem }),
  z.strictObject({ type: z.literal("token"), token: z.string().max(128) }),
]);
export type PresentedCredential = z.infer<typeof PresentedCredential>;

/**
 * `idempotency_key` is one per client connection: a request sent again gets the same session.
 * `db_user` and `db_name` are the start-up packet's; an absent `database` parameter is sent as the user's name.
 */
export const OpenSessionRequest = z.strictObject({
  credential: PresentedCredential,
  db_user: z.string().min(1).max(1024),
  db_name: z.string().min(1).max(1024),
  client_addr: z.string().min(1).max(100),
  idempotency_key: z.string().min(16).max(64),
});
export type OpenSessionRequest = z.infer<typeof OpenSessionRequest>;

const Sqlstate = z.string().regex(/^[0-9A-Z]{5}$/);

export const OpenSessionResponse = z.discriminatedUnion("decision", [
  z.strictObject({
    decision: z.literal("allow"),
    decision_id: z.string(),
    sid: z.string(),
    user: Name,
    login_session: z.string(),
    /** The account as it logged in: another after each reset, and of a later user of the same name. */
    account: z.string(),
    database: Name,
    db_user: z.string(),
    db_name: z.string(),
    /** Where to dial and whom to expect: the CA's PEM, or null for the RDS bundle that the proxy carries. */
    endpoint: z.strictObject({ host: z.string(), port: z.int(), ca_cert_pem: z.string().nullable() }),
    /** The password for `db_user` at that endpoint: an IAM token (AWS SDK `rds-signer`), 15 minutes at most. */
    iam_token: z.string(),
    ends_at: Time.describe("when the session must end"),
    idle_timeout_ms: z.int().min(1).optional().describe("absent: it may be idle for as long as it lasts"),
  }),
  z.strictObject({
    decision: z.literal("deny"),
    decision_id: z.string(),
    sqlstate: Sqlstate,
    message: z.string(),
    hint: z.string(),
  }),
]);
export type OpenSessionResponse = z.infer<typeof OpenSessionResponse>;

/** Chunk `chunk` of a session (0, 1, …): written once however often it is sent. */
export const IngestRequest = z.strictObject({
  sid: z.uuid(),
  chunk: z.int().min(0),
  records: z.array(AuditRecord).min(1).max(recordLimits.recordsPerChunk),
});
export type IngestRequest = z.infer<typeof IngestRequest>;

export const IngestResponse = z.strictObject({ sid: z.string(), chunk: z.int() });
export type IngestResponse = z.infer<typeof IngestResponse>;

/** `after` is the cursor of the answer before; absent at the host's start. */
export const ChangesQuery = z.strictObject({ after: z.string().max(128).optional() });

/**
 * What concerns running sessions: their login session or user is over, or one of them was ended by an admin; and hosts
 * that came, or moved. With an `account` it is what logged in as this one that is over, not
 * who was let in anew since; null ends all of the user's.
 */
export const Change = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("login_session_ended"), login_session: z.string(), reason: z.string() }),
  z.strictObject({
    type: z.literal("user_ended"),
    user: z.string(),
    account: z.string().nullable().default(null),
    reason: z.string(),
  }),
  z.strictObject({ type: z.literal("session_ended"), sid: z.string(), reason: z.string() }),
  z.strictObject({ type: z.literal("peer"), ...Peer.shape }),
]);
export type Change = z.infer<typeof Change>;
export type SessionChange = Exclude<Change, { type: "peer" }>;

/** The same change may be answered several times, always under its id. Ids sort as the cursors between them do. */
export const ChangeEntry = z.strictObject({ id: z.string(), change: Change });

export const ChangesResponse = z.strictObject({ cursor: z.string(), changes: z.array(ChangeEntry) });
export type ChangesResponse = z.infer<typeof ChangesResponse>;
