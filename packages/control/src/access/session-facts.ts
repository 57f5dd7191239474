/** What the audit log says of a connection, whether it was allowed or not. */
import type { OpenSessionRequest } from "@postern/core/api/host";
import type { Database } from "@postern/core/resource/db";
import { parseEndpoint } from "@postern/core/resource/endpoint";
import type { SessionFacts } from "../audit/session-record.ts";
import type { Grant } from "../identity/grant.ts";

/**
 * @param grant absent where the credential was not accepted: then nobody is named, whatever the credential says
 * @param database absent where it isn't known, or wasn't looked up
 */
export function sessionFacts(
  sid: string,
  request: OpenSessionRequest,
  grant: Grant | undefined,
  database: Database | undefined,
): SessionFacts {
  return {
    sid,
    user: grant?.user ?? "",
    "addr.remote": request.client_addr,
    db_service: grant?.database ?? "",
    db_protocol: "postgres",
    db_uri: database?.spec.uri ?? "",
    db_name: request.db_name,
    db_user: request.db_user,
    db_type: database !== undefined && isRds(database) ? "rds" : "self-hosted",
    db_origin: "config-file", // a session goes through a host, and hosts serve what their configuration states
    db_roles: [],
  };
}

/** RDS names its endpoints itself: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.Endpoints.html */
function isRds({ spec }: Database): boolean {
  const host = parseEndpoint(spec.uri)?.host ?? "";
  return spec.aws.resource_id !== null || /\.rds\.amazonaws\.com(\.cn)?$/.test(host);
}
