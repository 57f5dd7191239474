/** What a host said last: that it lives, what it serves and how that is. Gone when it has not said so for some seconds. */
import { DatabaseHealth, Instance } from "@postern/core/api/host";
import { second } from "@postern/core/time";
import type { Put } from "@postern/store/port";
import { z } from "zod";
import { heartbeatKey, heartbeatsPartition } from "../keys.ts";
import type { Base } from "../ports.ts";
import { toValue } from "../value.ts";

/** For how long a host's word is good. */
const lease = 30 * second;

const { status, reason, since } = DatabaseHealth.shape;

export const HeartbeatRecord = z.strictObject({
  host_id: z.string(),
  heartbeat_at: z.string(),
  public_addr: z.string(),
  version: z.string(),
  instance: Instance,
  /** Until when the instance is its own, milliseconds since 1970. */
  instance_until: z.int(),
  /** Where other hosts may find it. */
  addrs: z.array(z.string()),
  /** Those that it may serve. Without a status where it has not been looked at. */
  databases: z.array(
    z.strictObject({
      name: z.string(),
      region: z.string(),
      status: status.optional(),
      reason,
      since: since.optional(),
    }),
  ),
});
export type HeartbeatRecord = z.infer<typeof HeartbeatRecord>;

export function heartbeatWrite({ clock }: Base, record: HeartbeatRecord): Put {
  return {
    type: "put",
    key: heartbeatKey(record.host_id),
    value: toValue(record),
    expiresAt: clock() + lease,
    condition: { type: "none" },
  };
}

/** Undefined for a host that gives no sign of life. */
export async function loadHeartbeat({ store }: Base, hostId: string): Promise<HeartbeatRecord | undefined> {
  const item = await store.get(heartbeatKey(hostId));
  return item && HeartbeatRecord.parse(item.value);
}

/** Of all hosts that live. */
export async function loadHeartbeats({ store }: Base): Promise<HeartbeatRecord[]> {
  const records: HeartbeatRecord[] = [];
  let after: string | undefined;
  do {
    const range = { pk: heartbeatsPartition, limit: 1000 };
    const page = await store.query(after === undefined ? range : { ...range, after });
    records.push(...page.items.map(({ value }) => HeartbeatRecord.parse(value)));
    after = page.after;
  } while (after !== undefined);
  return records;
}
