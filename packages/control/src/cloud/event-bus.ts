/** Audit events to EventBridge, for rules to send on: webhooks, queues, a SIEM. */
import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from "@aws-sdk/client-eventbridge";
import type { AuditEvent } from "@postern/core/audit/event";
import { Fault } from "@postern/core/fault";
import type { EventBus } from "../ports.ts";

/** PutEvents takes 10 entries and 256 KB: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const maxEntries = 10;
const maxBytes = 256 * 1024;
const attempts = 3;

export interface EventBridgeOptions {
  readonly busName: string;
  readonly client?: EventBridgeClient;
}

/** Publishes all events or throws Fault `service.unavailable`: then some may have been published, and are again. */
export function createEventBridge({
  busName,
  client = new EventBridgeClient({}),
}: EventBridgeOptions): EventBus {
  return {
    publish: async (events) => {
      for (const batch of batches(events.map((event) => entryFrom(busName, event))))
        await putAll(client, batch);
    },
  };
}

/** `source` and `detail-type` are what people's rules match first. */
function entryFrom(busName: string, event: AuditEvent): PutEventsRequestEntry {
  const entry = {
    EventBusName: busName,
    Source: "postern",
    DetailType: event.event,
    Time: new Date(event.time),
  };
  const whole = { ...entry, Detail: formatDetail(event) };
  return sizeOf(whole) <= maxBytes ? whole : { ...entry, Detail: formatDetail(excerptOf(event)) };
}

/** Half a surrogate pair, which JavaScript's JSON can hold, is no Unicode: subscribers could refuse the whole event. */
function formatDetail(event: object): string {
  return JSON.stringify(event, (_, value: unknown) =>
    typeof value === "string" ? value.toWellFormed() : value,
  );
}

const longField = 4_096;

/** An event too large for the bus: long texts are cut and lists left out; `uid` finds the whole in the audit log. */
function excerptOf(event: AuditEvent): Record<string, unknown> {
  const fields = Object.entries(event).map(([name, value]: [string, unknown]) => {
    if (typeof value === "string") return [name, value.slice(0, longField)];
    return [name, Array.isArray(value) && JSON.stringify(value).length > longField ? [] : value];
  });
  return { ...Object.fromEntries(fields), excerpt: true };
}

/** AWS's own reckoning: 14 bytes for the time, the rest as UTF-8. */
function sizeOf({ Source = "", DetailType = "", Detail = "" }: PutEventsRequestEntry): number {
  return 14 + Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail);
}

function batches(entries: readonly PutEventsRequestEntry[]): PutEventsRequestEntry[][] {
  const all: PutEventsRequestEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const batch = all.at(-1);
    if (batch === undefined || batch.length === maxEntries || bytes + sizeOf(entry) > maxBytes) {
      all.push([entry]);
      bytes = sizeOf(entry);
    } else {
      batch.push(entry);
      bytes += sizeOf(entry);
    }
  }
  return all;
}

/** Entries fail one by one; those are sent again. */
async function putAll(client: EventBridgeClient, batch: readonly PutEventsRequestEntry[]): Promise<void> {
  let rest = [...batch];
  for (let attempt = 0; attempt < attempts && rest.length > 0; attempt += 1) {
    const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: rest }));
    rest = rest.filter((_, index) => hasFailed(Entries[index]));
  }
  if (rest.length > 0)
    throw new Fault("service.unavailable", `EventBridge did not take ${rest.length} events`);
}

function hasFailed(result: PutEventsResultEntry | undefined): boolean {
  return result === undefined || result.ErrorCode !== undefined;
}
