/** Audit events to their subscribers: read off the table's changes, so that nothing is delivered that wasn't committed. */
import { isLink, loadEvents } from "@postern/control/audit/chain";
import { isHeader, parseHeader } from "@postern/control/audit/header";
import type { EventBus } from "@postern/control/ports";
import type { AuditEvent } from "@postern/core/audit/event";
import type { Change, Item, Store } from "@postern/store/port";

export interface DeliverDeps {
  readonly bus: EventBus;
  /** For chunks that are too big for one item. */
  readonly store: Store;
}

/**
 * Publishes the events of the changes, in their order, until one fails. Returns the cursor of the change to go on with;
 * undefined when all were published. What was published already is published again: `uid` tells.
 */
export async function deliverChanges(
  deps: DeliverDeps,
  changes: readonly Change[],
): Promise<string | undefined> {
  for (const change of changes) {
    try {
      await deliverChange(deps, change);
    } catch (error) {
      console.error("deliver:", error);
      return change.cursor;
    }
  }
  return undefined;
}

/** Only what is new is told: nothing of the audit log is ever changed, and its removal is no event. */
async function deliverChange({ bus, store }: DeliverDeps, { before, after }: Change): Promise<void> {
  if (before !== undefined || after === undefined) return;
  const events = await eventsOf(store, after);
  if (events.length > 0) await bus.publish(events);
}

/** The events of a control plane's header, or of a session's link; headers of links hold none themselves. */
async function eventsOf(store: Store, item: Item): Promise<readonly AuditEvent[]> {
  if (isLink(item)) return await loadEvents(store, item);
  if (!isHeader(item)) return [];
  const header = parseHeader(item);
  return header.type === "event" ? [header.event] : [];
}
