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
    loadAll(base, "db_server"),
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
  return {
    name,
    description,
    protocol: spec.protocol,
    uri: spec.uri,
    labels,
    allowed_users: formatAllowedUsers(allowedUsers(roles, { labels })),
    public_addr: servers[0]?.spec.public_addr ?? null,
    health: healthOf(servers),
  };
}

/** As good as its best server: that is the one that people can use. */
function healthOf(servers: readonly DatabaseServer[]): Listed["health"] {
  const states = servers.map(({ status }) => status.health);
  return (["healthy", "unknown", "unhealthy"] as const).find((state) => states.includes(state)) ?? "unknown";
}
