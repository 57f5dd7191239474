import { z } from "zod";
import { EndpointText } from "./endpoint.ts";
import { Metadata } from "./metadata.ts";
import { ResourceName } from "./name.ts";
import { strictObject } from "./strict.ts";
import { Timestamp } from "./timestamp.ts";

/** A host that serves a database: where clients find it and how it is. Written by hosts' heartbeats, never by people. */
export const DatabaseServer = strictObject({
  kind: z.literal("db_server"),
  metadata: Metadata.pick({ name: true }),
  spec: strictObject({
    database: ResourceName,
    host_id: z.string().min(1).max(64),
    public_addr: EndpointText,
    region: z.string().max(32).optional(),
    reach: z.literal("direct"),
    /** The version of Postern that the host runs. */
    version: z.string().max(64),
  }),
  status: strictObject({
    health: z.enum(["unknown", "healthy", "unhealthy"]),
    /** Why it is unhealthy. */
    reason: z.string().max(200).optional(),
    /** Since when its health is what it is. */
    since: Timestamp.optional(),
    heartbeat_at: Timestamp,
  }),
});
export type DatabaseServer = z.infer<typeof DatabaseServer>;
