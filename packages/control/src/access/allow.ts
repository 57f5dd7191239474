/** What an allowed connection is recorded as, and answered. */
import type { OpenSessionResponse } from "@postern/core/api/host";
import { invariant } from "@postern/core/fault";
import { parseEndpoint } from "@postern/core/resource/endpoint";
import { formatTime } from "@postern/core/time";
import type { Write } from "@postern/store/port";
import type { SessionRecord } from "../audit/session-record.ts";
import { sessionStartWrites } from "../audit/session-start.ts";
import { accountKey, grantKey, loginSessionKey } from "../keys.ts";
import type { Allowed } from "./judge.ts";
import { describeLoginPolicy } from "./login-policy.ts";
import type { Opening } from "./opening.ts";
import { sessionFacts } from "./session-facts.ts";
import type { VerifiedCredential } from "./verify-credential.ts";

export function createRecord(
  { deps, call, request, sid, decisionId }: Opening,
  verdict: Allowed,
): SessionRecord {
  const { access, credential, roles } = verdict;
  const { grant } = credential;
  return {
    session: {
      kind: "session",
      sid,
      user: access.user,
      roles: [...roles],
      login_session: grant.login_session,
      grant_id: grant.grant_id,
      database: access.database.metadata.name,
      db_user: access.db_user,
      db_name: access.db_name,
      host_id: call.caller.hostId,
      client_addr: request.client_addr,
      started_at: formatTime(deps.clock()),
      ends_at: formatTime(access.ends_at),
    },
    facts: sessionFacts(sid, request, grant, access.database),
    decision_id: decisionId,
    login_policy: describeLoginPolicy(access.database, access.db_user),
  };
}

/**
 * The session, its start event, the use of the grant; and that the login session still stands when all this is written:
 * one that ends a moment later is told to the host as a change, one that ended before would never be.
 */
export async function allowWrites(
  { deps }: Opening,
  verdict: Allowed,
  record: SessionRecord,
): Promise<Write[]> {
  const { access, credential, login, warnings } = verdict;
  const { user, login_session, host_id } = record.session;
  const start = {
    success: true,
    server_id: host_id,
    role: access.role,
    decision_id: record.decision_id,
    ...(warnings.length > 0 && { reasons: [...warnings] }),
  };
  return [
    ...(await sessionStartWrites(deps.store, deps.config.clusterName, record, start)),
    useWrite(credential),
    { type: "check", key: loginSessionKey(login_session), condition: { type: "present" } },
    { type: "check", key: accountKey(user), condition: { type: "version", version: login.accountVersion } },
  ];
}

/** Counts a use of the grant, or holds to it where it has no count, as it was read. */
function useWrite({ grant, item }: VerifiedCredential): Write {
  const key = grantKey(grant.grant_id);
  const condition = { type: "version" as const, version: item.version };
  if (grant.uses_left === null) return { type: "check", key, condition };
  const value = { ...grant, uses_left: grant.uses_left - 1 };
  return { type: "put", key, value, expiresAt: grant.ends_at, condition };
}

export function allowAnswer(
  { access, login }: Allowed,
  record: SessionRecord,
  token: string,
): OpenSessionResponse {
  const { sid, user, login_session, database, db_user, db_name, ends_at } = record.session;
  const endpoint = parseEndpoint(access.database.spec.uri);
  invariant(endpoint !== undefined, "a database's uri was checked when it was written");
  return {
    decision: "allow",
    decision_id: record.decision_id,
    sid,
    user,
    login_session,
    account: login.account,
    database,
    db_user,
    db_name,
    endpoint: { ...endpoint, ca_cert_pem: access.database.spec.tls.ca_cert_pem },
    iam_token: token,
    ends_at,
    ...(access.idle_timeout_ms !== undefined && { idle_timeout_ms: access.idle_timeout_ms }),
  };
}
