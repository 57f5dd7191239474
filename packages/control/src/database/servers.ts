/** Who serves a database: read off what hosts say of themselves. All reads are consistent. */
import type { RandomBytes } from "@postern/core/id";
import type { DatabaseServer } from "@postern/core/resource/db-server";
import { type HeartbeatRecord, loadHeartbeat, loadHeartbeats } from "../host/heartbeat-record.ts";
import type { Base } from "../ports.ts";

/** The live servers of a database: those whose hosts said so within the lease. */
export async function loadServers(base: Base, database: string): Promise<DatabaseServer[]> {
  return (await loadAllServers(base)).filter(({ spec }) => spec.database === database);
}

/** All live servers, in order of their names. */
export async function loadAllServers(base: Base): Promise<DatabaseServer[]> {
  const servers = (await loadHeartbeats(base)).flatMap(serversOf);
  return servers.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** Whether the host is an admitted server of the database and lives: one read. */
export async function isServedBy(base: Base, hostId: string, database: string): Promise<boolean> {
  const record = await loadHeartbeat(base, hostId);
  return record?.databases.some(({ name }) => name === database) ?? false;
}

const ranks = { healthy: 0, unknown: 1, unhealthy: 2 } as const;

/** Best first; among equals in random order, so that sessions spread. An unhealthy one is better than none. */
export function orderServers(servers: readonly DatabaseServer[], random: RandomBytes): DatabaseServer[] {
  const drawn = servers.map((server) => ({ server, lot: Buffer.from(random(4)).readUInt32BE() }));
  drawn.sort((a, b) => ranks[a.server.status.health] - ranks[b.server.status.health] || a.lot - b.lot);
  return drawn.map(({ server }) => server);
}

function serversOf({
  host_id,
  public_addr,
  version,
  heartbeat_at,
  databases,
}: HeartbeatRecord): DatabaseServer[] {
  return databases.map(({ name, region, status, reason, since }) => ({
    kind: "db_server",
    metadata: { name: serverName(name, host_id) },
    spec: { database: name, host_id, public_addr, region, reach: "direct", version },
    status: {
      health: status ?? "unknown",
      ...(reason !== undefined && { reason }),
      ...(since !== undefined && { since }),
      heartbeat_at,
    },
  }));
}

/** `<database>.<host id>` in lower case, cut to the 64 characters of a resource's name from the front. */
function serverName(database: string, hostId: string): string {
  const suffix = `.${hostId.toLowerCase()}`;
  return database.slice(0, 64 - suffix.length) + suffix;
}
