/** The control plane's own events: committed together with the state that they tell of, or not at all. */
import type { AuditEvent } from "@postern/core/audit/event";
import { invariant } from "@postern/core/fault";
import { formatTime } from "@postern/core/time";
import type { Write } from "@postern/store/port";
import type { Base } from "../ports.ts";
import { formatUuid } from "../uuid.ts";
import { arrivalPut } from "./arrival.ts";
import { eventHeader } from "./header.ts";

type WithoutEnvelope<E> = E extends AuditEvent ? Omit<E, "ei" | "uid" | "time" | "cluster_name"> : never;

/** An event as a use case states it; when, where and under which identity it happened is added here. */
export type NewEvent = WithoutEnvelope<AuditEvent>;

/** The writes that append `events`, to go into the commit of the change they tell of: two writes per event. */
export function eventWrites(base: Base, events: readonly NewEvent[]): Write[] {
  const now = base.clock();
  return events.flatMap((event) => {
    const complete = completeEvent(base, event, now);
    const header = eventHeader(complete);
    return [header, arrivalPut({ type: "event_arrived", ...header.key }, complete.uid, now)];
  });
}

/** Appends one event in a commit of its own: a refusal, which changes nothing else. */
export async function recordEvent(base: Base, event: NewEvent): Promise<void> {
  const { type } = await base.store.commit(eventWrites(base, [event]));
  invariant(type === "committed", "a new event's uid is new");
}

function completeEvent({ random, config }: Base, event: NewEvent, now: number): AuditEvent {
  const envelope = {
    ei: 0,
    uid: formatUuid(random(16)),
    time: formatTime(now),
    cluster_name: config.clusterName,
  };
  return { ...bounded(event), ...envelope };
}

/** An event is an item, and must be written whatever roles of hundreds of rules have to say to it. */
const maxReasons = 100;
const maxReasonLength = 1_000;

function bounded(event: NewEvent): NewEvent {
  if (!("reasons" in event) || event.reasons === undefined) return event;
  const { length } = event.reasons;
  const reasons = event.reasons.slice(0, maxReasons).map((reason) => reason.slice(0, maxReasonLength));
  return {
    ...event,
    reasons: length > maxReasons ? [...reasons, `and ${length - maxReasons} more`] : reasons,
  };
}
