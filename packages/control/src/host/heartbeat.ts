/** A host's sign of life: what it serves is listed as served for as long as these come. */
import type { HeartbeatRequest, HeartbeatResponse } from "@postern/core/api/host";
import { Fault } from "@postern/core/fault";
import type { Database } from "@postern/core/resource/db";
import { parseEndpoint } from "@postern/core/resource/endpoint";
import { printable } from "@postern/core/resource/printable";
import { formatTime } from "@postern/core/time";
import { transact } from "@postern/store/update";
import type { Call, CallerOf } from "../caller.ts";
import { changeWrites } from "../changes/append.ts";
import { invalidHost } from "../identity/authenticate.ts";
import { trustedCertificates } from "../identity/trust.ts";
import type { Base } from "../ports.ts";
import { type HeartbeatRecord, heartbeatWrite, loadHeartbeat } from "./heartbeat-record.ts";
import { type InstanceLease, leaseInstance, loadPeers, peerOf } from "./instance.ts";
import { type Host, loadHost } from "./record.ts";
import { recordRefusals } from "./refusals.ts";
import { register } from "./register.ts";

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
  const instance = await renewLease(base, host, input, accepted);
  await recordRefusals(base, call, refused);
  return {
    refused,
    instance,
    peers: input.instance === instance ? [] : await loadPeers(base, host.host_id),
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

/** One item, however many databases it serves. Other hosts are told where it is when that is new. */
async function renewLease(
  base: Base,
  host: Host,
  input: HeartbeatRequest,
  databases: readonly Database[],
): Promise<number> {
  return await transact(base.store, async () => {
    const before = await loadHeartbeat(base, host.host_id);
    const lease = await leaseInstance(base, host.host_id, input.instance, before);
    const record = createRecord(base, host, input, databases, lease);
    const peer = { type: "peer", ...peerOf(record) } as const;
    const news = isNews(before, record) ? changeWrites(base, [peer]) : [];
    return { writes: [heartbeatWrite(base, record), ...lease.writes, ...news], result: lease.instance };
  });
}

function createRecord(
  { clock }: Base,
  { host_id }: Host,
  { public_addr, version, peer_addrs = [], health = [] }: HeartbeatRequest,
  databases: readonly Database[],
  { instance, until }: InstanceLease,
): HeartbeatRecord {
  const states = new Map(health.map(({ database, ...state }) => [database, state]));
  return {
    host_id,
    heartbeat_at: formatTime(clock()),
    public_addr,
    version,
    instance,
    instance_until: until,
    addrs: peer_addrs,
    databases: databases.map(({ metadata: { name }, spec }) => ({
      name,
      region: spec.aws.region,
      ...states.get(name),
    })),
  };
}

function isNews(before: HeartbeatRecord | undefined, now: HeartbeatRecord): boolean {
  return before === undefined || JSON.stringify(peerOf(before)) !== JSON.stringify(peerOf(now));
}
