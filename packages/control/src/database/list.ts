/** The databases that somebody may see, as which users, and where they are served. */
import { allowedUsers, formatAllowedUsers, mayListDatabase } from "@postern/core/access/allowed-users";
import type { DatabaseList } from "@postern/core/api/read";
import type { Database } from "@postern/core/resource/db";
import type { DatabaseServer } from "@postern/core/resource/db-server";
import type { Role } from "@postern/core/resource/role";
import type { Call, CallerOf } from "../caller.ts";
import { requireHoldings } from "../denied.ts";
import type { Base } from "../ports.ts";
import { loadAll } from "../resource/load.ts";
import type { Holdings } from "../resource/right.ts";
import { loadAllServers, orderServers } from "./servers.ts";

type Listed = DatabaseList["databases"][number];

/**
 * By name. An admin sees all of them and opens none: credentials are for people who logged in.
 * @throws Fault `access.denied` where a role of the user's is missing, audited
 */
export async function listDatabases(
  base: Base,
  call: Call<CallerOf<"user" | "admin">>,
): Promise<DatabaseList> {
  const [holdings, databases, servers] = await Promise.all([
    requireHoldings(base, call, "list databases"),
    loadAll(base, "db"),
    loadAllServers(base),
  ]);
  const visible = databases.filter((database) => mayList(holdings, database));
  return { databases: visible.map((database) => listed(database, rolesOf(holdings), servers)) };
}

function mayList(holdings: Holdings, { metadata }: Database): boolean {
  return holdings === "all" || mayListDatabase(holdings, { labels: metadata.labels ?? {} });
}

function rolesOf(holdings: Holdings): readonly Role[] {
  return holdings === "all" ? [] : holdings;
}

function listed(
  { metadata, spec }: Database,
  roles: readonly Role[],
  all: readonly DatabaseServer[],
): Listed {
  const { name, description = "", labels = {} } = metadata;
  const servers = all.filter((server) => server.spec.database === name);
  // As good as its best server: that is the one that people can use.
  const [best] = orderServers(servers, alike);
  return {
    name,
    description,
    protocol: spec.protocol,
    uri: spec.uri,
    labels,
    allowed_users: formatAllowedUsers(allowedUsers(roles, { labels })),
    public_addr: best?.spec.public_addr ?? null,
    health: best?.status.health ?? "unknown",
    health_reason: best?.status.reason ?? null,
    health_since: best?.status.since ?? null,
  };
}

/** A list looks the same each time: among equals the first is shown. */
function alike(count: number): Uint8Array {
  return new Uint8Array(count);
}
