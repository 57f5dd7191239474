/**
 * Which host an instance number belongs to. It stands in the cancel keys that the host hands out, so no two hosts may
 * have the same at a time: it is leased by a conditional put, for so long that a host which lives can't lose it.
 */
import type { Peer } from "@postern/core/api/host";
import { Fault } from "@postern/core/fault";
import { hour } from "@postern/core/time";
import type { Write } from "@postern/store/port";
import { unchanged } from "@postern/store/update";
import { z } from "zod";
import { instanceKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { type HeartbeatRecord, loadHeartbeats } from "./heartbeat-record.ts";

const lease = 24 * hour;
/** A host that is away for less keeps it; and there are 32768. */
const renewedWith = lease / 2;
/** Of random ones: they are taken for as long as a lease lasts, however few hosts there are. */
const mostTries = 20;

const InstanceRecord = z.strictObject({ host_id: z.string() });

export interface InstanceLease {
  readonly instance: number;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly writes: readonly Write[];
}

/**
 * The instance that the host asks to keep, or had a moment ago; another where that is somebody else's. A host has one at
 * a time: a new one takes the place of the one before.
 * @throws Fault `limit.exceeded` where none is found that is free
 */
export async function leaseInstance(
  base: Base,
  hostId: string,
  wanted: number | undefined,
  before: HeartbeatRecord | undefined,
): Promise<InstanceLease> {
  const kept = wanted ?? before?.instance;
  if (before && kept === before.instance && before.instance_until - base.clock() > renewedWith)
    return { instance: kept, until: before.instance_until, writes: [] };
  for (let tries = 0; tries < mostTries; tries += 1) {
    const instance = tries === 0 && kept !== undefined ? kept : randomInstance(base);
    const write = await leaseWrite(base, hostId, instance);
    if (write === undefined) continue;
    const freed =
      before && before.instance !== instance ? await releaseWrites(base, hostId, before.instance) : [];
    return { instance, until: base.clock() + lease, writes: [write, ...freed] };
  }
  throw new Fault("limit.exceeded", "no instance number is free for this host");
}

function randomInstance({ random }: Base): number {
  return Buffer.from(random(2)).readUInt16BE() >>> 1;
}

/** Undefined where another host has it. */
async function leaseWrite(base: Base, hostId: string, instance: number): Promise<Write | undefined> {
  const key = instanceKey(instance);
  const item = await base.store.get(key);
  if (item && InstanceRecord.parse(item.value).host_id !== hostId) return undefined;
  const expiresAt = base.clock() + lease;
  return { type: "put", key, value: { host_id: hostId }, expiresAt, condition: unchanged(item) };
}

async function releaseWrites(base: Base, hostId: string, instance: number): Promise<Write[]> {
  const key = instanceKey(instance);
  const item = await base.store.get(key);
  if (!item || InstanceRecord.parse(item.value).host_id !== hostId) return [];
  return [{ type: "delete", key, condition: { type: "version", version: item.version } }];
}

/** All other hosts that live. */
export async function loadPeers(base: Base, hostId: string): Promise<Peer[]> {
  return (await loadHeartbeats(base)).filter((record) => record.host_id !== hostId).map(peerOf);
}

/** The balancer that may stand at the public address is tried last. */
export function peerOf({ host_id, instance, addrs, public_addr }: HeartbeatRecord): Peer {
  return { host_id, instance, addrs: [...new Set([...addrs, public_addr])] };
}
