/** A host's sign of life: what it serves is listed as served for as long as these come. */
import type { HeartbeatRequest, HeartbeatResponse } from "@postern/core/api/host";
import { Fault } from "@postern/core/fault";
import type { Database } from "@postern/core/resource/db";
import type { DatabaseServer } from "@postern/core/resource/db-server";
import { parseEndpoint } from "@postern/core/resource/endpoint";
import { printable } from "@postern/core/resource/printable";
import { formatTime, second } from "@postern/core/time";
import type { Write } from "@postern/store/port";
import type { Call, CallerOf } from "../caller.ts";
import { invalidHost } from "../identity/authenticate.ts";
import { trustedCertificates } from "../identity/trust.ts";
import { databaseServerKey, heartbeatKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { toValue } from "../value.ts";
import { type Host, loadHost } from "./record.ts";
import { recordRefusals } from "./refusals.ts";
import { register } from "./register.ts";

/** For how long a host's word is good. */
const lease = 30 * second;
/** Of the store's 100 in one commit. */
const writesPerCommit = 100;

/**
 * Registers databases that are new, and lists this host as a server of all that it may serve. One that it may not
 * doesn't keep the others from being served.
 * @throws Fault `input.invalid` for a public address that the host's certificate doesn't name, audited
 */
export async function heartbeat(
  base: Base,
  call: Call<CallerOf<"host">>,
  input: HeartbeatRequest,
): Promise<HeartbeatResponse> {
  const host = await loadHost(base, call.caller.hostId);
  if (!host) throw invalidHost();
  await requireNamed(base, call, host, input.public_addr);
  const verdicts = await Promise.all(
    input.databases.map(async (served) => ({ served, verdict: await register(base, call, host, served) })),
  );
  const accepted = verdicts.flatMap(({ verdict }) => (verdict.type === "serves" ? [verdict.database] : []));
  const refused = verdicts.flatMap(({ served, verdict }) =>
    verdict.type === "refused" ? [{ database: served.name, reason: verdict.reason }] : [],
  );
  await renewLeases(base, host, input, accepted);
  await recordRefusals(base, call, refused);
  return {
    refused,
    host_ca: await trustedCertificates(base, "host-ca"),
    user_ca: await trustedCertificates(base, "user-ca"),
  };
}

/** Clients check the certificate against the address that they dial: any other name could only fail, or mislead. */
async function requireNamed(
  base: Base,
  call: Call<CallerOf<"host">>,
  host: Host,
  publicAddr: string,
): Promise<void> {
  const endpoint = parseEndpoint(publicAddr);
  if (endpoint && host.names.includes(endpoint.host)) return;
  const reason = `its certificate does not name its public address \`${printable(publicAddr)}\``;
  await recordRefusals(base, call, [{ reason }]);
  throw new Fault("input.invalid", `the host's certificate does not name its public address`, {
    hint: `it names ${host.names.join(", ")}: let the host join with a token made for its public name`,
    issues: [{ path: "public_addr", message: "expected HOST:PORT with a host that the join token names" }],
  });
}

async function renewLeases(
  base: Base,
  host: Host,
  input: HeartbeatRequest,
  databases: readonly Database[],
): Promise<void> {
  const servers = databases.map((database) => serverWrite(base, host, input, database));
  const writes = [heartbeatWrite(base, host), ...servers];
  for (let start = 0; start < writes.length; start += writesPerCommit) {
    await base.store.commit(writes.slice(start, start + writesPerCommit));
  }
}

/** That the host lives, whatever it serves: its sessions go on even while it may serve nothing new. */
function heartbeatWrite({ clock }: Base, { host_id }: Host): Write {
  const now = clock();
  return {
    type: "put",
    key: heartbeatKey(host_id),
    value: { heartbeat_at: formatTime(now) },
    expiresAt: now + lease,
    condition: { type: "none" },
  };
}

function serverWrite(
  base: Base,
  host: Host,
  { public_addr, version }: HeartbeatRequest,
  database: Database,
): Write {
  const now = base.clock();
  const { name } = database.metadata;
  const server: DatabaseServer = {
    kind: "db_server",
    metadata: { name: serverName(name, host.host_id) },
    spec: {
      database: name,
      host_id: host.host_id,
      public_addr,
      region: database.spec.aws.region,
      reach: "direct",
      version,
    },
    status: { health: "unknown", heartbeat_at: formatTime(now) },
  };
  return {
    type: "put",
    key: databaseServerKey(name, host.host_id),
    value: toValue(server),
    expiresAt: now + lease,
    condition: { type: "none" },
  };
}

/** `<database>.<host id>` in lower case, cut to the 64 characters of a resource's name from the front. */
function serverName(database: string, hostId: string): string {
  const suffix = `.${hostId.toLowerCase()}`;
  return database.slice(0, 64 - suffix.length) + suffix;
}
