/**
 * The catalogue of audit events: flat JSON objects, as people's SIEM rules expect them. Names and codes follow
 * Teleport's where it has the event, so that rules written for it keep working.
 */
import { z } from "zod";

const Text = z.string();
const Count = z.int().min(0);

/** Every event has these. `uid` is its identity; `time` is RFC 3339 in UTC. */
const envelope = {
  ei: Count,
  uid: Text,
  time: Text,
  cluster_name: Text,
};

const status = { success: z.boolean(), error: Text.optional(), message: Text.optional() };

/** Who was asked for what, from the session record and never from the host. */
const database = {
  db_service: Text,
  db_protocol: z.literal("postgres"),
  db_uri: Text,
  db_name: Text,
  db_user: Text,
  db_type: z.enum(["rds", "self-hosted"]),
  db_origin: z.enum(["config-file", "dynamic"]),
  db_roles: z.array(Text),
};

const session = { sid: Text, user: Text, "addr.remote": Text, ...database };

const refusal = {
  reasons: z.array(Text).optional(),
  decision_id: Text.optional(),
  sqlstate: Text.optional(),
};

function event<E extends string, C extends readonly [string, ...string[]], S extends z.ZodRawShape>(
  name: E,
  codes: C,
  shape: S,
) {
  return z.strictObject({ event: z.literal(name), code: z.enum(codes), ...envelope, ...shape });
}

/** TDB00I when the control plane allowed the session, TDB00W when it refused, with the reasons. */
export const SessionStartEvent = event("db.session.start", ["TDB00I", "TDB00W"], {
  ...session,
  ...status,
  ...refusal,
  server_id: Text,
  role: Text.optional(),
});
export type SessionStartEvent = z.infer<typeof SessionStartEvent>;

/** One per statement executed, whichever protocol carried it. TDB02W when it failed or its outcome is unknown. */
export const SessionQueryEvent = event("db.session.query", ["TDB02I", "TDB02W"], {
  ...session,
  ...status,
  db_query: Text,
  db_query_cut: z.strictObject({ bytes: Count, sha256: Text }).optional(),
  db_query_parameters: z.array(Text.nullable()),
  db_query_parameter_formats: z.array(z.enum(["text", "binary"])).optional(),
  statement_id: Text,
  statement_index: Count,
  duration_ms: z.number().min(0).nullable(),
  affected_records: Count.optional(),
  command: Text.optional(),
  bytes: Count.optional(),
  sqlstate: Text.optional(),
  outcome: z.literal("unknown").optional().describe("set where the proxy was lost before it saw the reply"),
});
export type SessionQueryEvent = z.infer<typeof SessionQueryEvent>;

/** A call by OID through the fast-path interface (manual section 55.2.6, Function Call). */
export const FunctionCallEvent = event("db.session.postgres.function", ["TPG04I", "TPG04W"], {
  ...session,
  ...status,
  function_oid: Count,
  function_args: z.array(Text.nullable()),
  statement_id: Text,
  duration_ms: z.number().min(0).nullable(),
  sqlstate: Text.optional(),
  outcome: z.literal("unknown").optional(),
});
export type FunctionCallEvent = z.infer<typeof FunctionCallEvent>;

export const SessionCancelEvent = event("db.session.cancel", ["PDB01I"], {
  ...session,
  success: z.boolean(),
  statement_id: Text.optional(),
});
export type SessionCancelEvent = z.infer<typeof SessionCancelEvent>;

/** How a session ended, with counts. `success: false` where it never reached the server or was cut off. */
export const SessionEndEvent = event("db.session.end", ["TDB01I", "TDB01W"], {
  ...session,
  ...status,
  reason: Text,
  session_start: Text,
  session_stop: Text,
  statements: Count,
  errors: Count,
  bytes_in: Count,
  bytes_out: Count,
  sqlstate: Text.optional(),
  decision_id: Text.optional().describe(
    "where the database refused the login: the one that the person was told",
  ),
  first_missing_ei: Count.optional(),
});
export type SessionEndEvent = z.infer<typeof SessionEndEvent>;

/** T1000I on success, T1000W when the password, the second factor or the account was refused. */
export const UserLoginEvent = event("user.login", ["T1000I", "T1000W"], {
  user: Text,
  method: z.literal("local"),
  second_factor: z.literal("otp").optional().describe("set where the user has one"),
  login_session: Text.optional(),
  "addr.remote": Text,
  ...status,
});

export const UserLogoutEvent = event("user.logout", ["PU001I"], {
  user: Text,
  login_session: Text,
  "addr.remote": Text,
  success: z.boolean(),
});

/** A person's access token came with the proof of a key that isn't his: it was stolen, or mixed up. */
export const AuthFailedEvent = event("auth", ["T3007W"], {
  user: Text,
  login_session: Text,
  "addr.remote": Text,
  ...status,
});

export const CertificateCreateEvent = event("cert.create", ["TC000I", "TC000W"], {
  user: Text,
  cert_type: z.enum(["certificate", "token", "host"]),
  grant_id: Text.optional(),
  db_service: Text.optional(),
  db_user: Text.optional(),
  db_name: Text.optional(),
  expires: Text.optional(),
  "addr.remote": Text,
  ...status,
  ...refusal,
});

/** Whom it was issued to gave it up, before its time: it opens no new session. */
export const CertificateDeleteEvent = event("cert.delete", ["PC001I"], {
  user: Text,
  cert_type: z.enum(["certificate", "token"]),
  grant_id: Text,
  db_service: Text,
  db_user: Text,
  db_name: Text,
  "addr.remote": Text,
  success: z.boolean(),
});

/** A write to a resource. `user` is the writer: a user's name, or `local-admin` and the like. */
const resourceChange = { user: Text, name: Text, "addr.remote": Text, ...status, ...refusal };

export const UserChangeEvent = event("user.create", ["T1002I", "T1002W"], {
  ...resourceChange,
  roles: z.array(Text),
});
export const UserUpdateEvent = event("user.update", ["T1003I", "T1003W"], {
  ...resourceChange,
  roles: z.array(Text),
});
export const UserDeleteEvent = event("user.delete", ["T1004I", "T1004W"], resourceChange);
/** An admin ended a user's password and logins, and made an invite for a new one. */
export const UserResetEvent = event("reset_password_token.create", ["T6000I", "T6000W"], resourceChange);
export const PasswordChangeEvent = event("user.password_change", ["T1005I", "T1005W"], {
  user: Text,
  "addr.remote": Text,
  ...status,
});
/** A user has a second factor from now on. */
export const SecondFactorAddEvent = event("mfa.add", ["T1006I"], {
  user: Text,
  mfa_device_type: z.literal("TOTP"),
  "addr.remote": Text,
  success: z.boolean(),
});
export const RoleCreateEvent = event("role.created", ["T9000I", "T9000W"], resourceChange);
export const RoleUpdateEvent = event("role.updated", ["T9002I", "T9002W"], resourceChange);
export const RoleDeleteEvent = event("role.deleted", ["T9001I", "T9001W"], resourceChange);
export const DatabaseCreateEvent = event("db.create", ["TDB03I", "TDB03W"], resourceChange);
export const DatabaseUpdateEvent = event("db.update", ["TDB04I", "TDB04W"], resourceChange);
export const DatabaseDeleteEvent = event("db.delete", ["TDB05I", "TDB05W"], resourceChange);
export const TokenCreateEvent = event("join_token.create", ["TJT00I", "TJT00W"], resourceChange);
export const TokenUpdateEvent = event("join_token.update", ["PJT02I", "PJT02W"], resourceChange);
export const TokenDeleteEvent = event("join_token.delete", ["PJT01I", "PJT01W"], resourceChange);
export const LockCreateEvent = event("lock.created", ["TLK00I", "TLK00W"], resourceChange);
export const LockUpdateEvent = event("lock.updated", ["PLK02I", "PLK02W"], resourceChange);
export const LockDeleteEvent = event("lock.deleted", ["TLK01I", "TLK01W"], resourceChange);

/** A host joined, or tried to: `TJ002E` with the reason when its token or its proof of who it is in AWS wasn't good. */
export const HostJoinEvent = event("instance.join", ["TJ002I", "TJ002E"], {
  host_id: Text.optional(),
  token_name: Text.optional(),
  method: z.enum(["token", "iam"]),
  aws_account: Text.optional(),
  aws_arn: Text.optional(),
  "addr.remote": Text,
  ...status,
});

/** A host asked for what isn't its own: a database it doesn't serve, another host's session, another endpoint. */
export const HostRefusedEvent = event("host.refused", ["PH001W"], {
  host_id: Text,
  action: z.enum(["session.open", "audit.ingest", "db.register"]),
  sid: Text.optional(),
  db_service: Text.optional(),
  "addr.remote": Text,
  ...status,
});

/**
 * Somebody known asked to see what his roles don't show him, or for a route that isn't for his kind of caller. Refused
 * changes are events of their own, with the code that ends in W.
 */
export const AccessDeniedEvent = event("access.denied", ["PA001W"], {
  user: Text.describe("a user's name, or a host's id"),
  action: Text.describe("such as `list event`"),
  "addr.remote": Text,
  ...status,
  ...refusal,
});

export const AuditEvent = z.discriminatedUnion("event", [
  SessionStartEvent,
  SessionQueryEvent,
  FunctionCallEvent,
  SessionCancelEvent,
  SessionEndEvent,
  UserLoginEvent,
  UserLogoutEvent,
  AuthFailedEvent,
  CertificateCreateEvent,
  CertificateDeleteEvent,
  UserChangeEvent,
  UserUpdateEvent,
  UserDeleteEvent,
  UserResetEvent,
  PasswordChangeEvent,
  SecondFactorAddEvent,
  RoleCreateEvent,
  RoleUpdateEvent,
  RoleDeleteEvent,
  DatabaseCreateEvent,
  DatabaseUpdateEvent,
  DatabaseDeleteEvent,
  TokenCreateEvent,
  TokenUpdateEvent,
  TokenDeleteEvent,
  LockCreateEvent,
  LockUpdateEvent,
  LockDeleteEvent,
  HostJoinEvent,
  HostRefusedEvent,
  AccessDeniedEvent,
]);
export type AuditEvent = z.infer<typeof AuditEvent>;
export type AuditEventName = AuditEvent["event"];
