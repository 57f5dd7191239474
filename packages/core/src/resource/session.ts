import { z } from "zod";
import { CatalogName, ResourceName } from "./name.ts";
import { strictObject } from "./strict.ts";
import { Timestamp } from "./timestamp.ts";

const Id = z.string().min(1).max(64);

/** One authorized connection to a database, from `POST /v1/sessions` until it is over. Hosts' reports are checked against it. */
export const DatabaseSession = strictObject({
  kind: z.literal("session"),
  sid: Id,
  user: ResourceName,
  /** All roles that the user held when the session was authorized. */
  roles: z.array(ResourceName),
  login_session: Id,
  grant_id: Id,
  database: ResourceName,
  db_user: CatalogName,
  db_name: CatalogName,
  host_id: Id,
  client_addr: z.string().min(1).max(128),
  started_at: Timestamp,
  /** When the proxy must have closed it. */
  ends_at: Timestamp,
  ended_at: Timestamp.optional(),
  ended_reason: z.string().max(256).optional(),
});
export type DatabaseSession = z.infer<typeof DatabaseSession>;
