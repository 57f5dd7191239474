/**
 * Ends the sessions of lost hosts, so that one that never ends is itself an event. To be run by a schedule, any number of
 * times, by several at once.
 */
import type { AuditEvent, SessionEndEvent } from "@postern/core/audit/event";
import { hour, minute } from "@postern/core/time";
import type { Item, Write } from "@postern/store/port";
import { type Attempt, transact, unchanged } from "@postern/store/update";
import { heartbeatsPartition } from "../keys.ts";
import type { Base } from "../ports.ts";
import { appendLink } from "./chain.ts";
import { firstMissing, nextIndex, takeIndex } from "./event-index.ts";
import { unansweredEvents } from "./join-records.ts";
import { type OpenSession, openSessionPut, openSessions } from "./open-sessions.ts";
import { sessionEndWrites } from "./session-end.ts";
import { endEvent } from "./session-events.ts";
import { loadSession, type SessionRecord } from "./session-record.ts";
import { type LoadedTail, loadTail, tailWrites } from "./tail.ts";

/**
 * A host is suspected by one sweep and lost to another that comes this much later: while the control plane itself is
 * away no host can give a sign of life, and each needs a moment to do so when it is back.
 */
const grace = minute;
/** A living host has told of a session's end by this long after it must have closed it, or never will. */
const overdue = hour;

/**
 * Returns the sessions that were ended as lost. One that can't be ended keeps none of the others from it.
 * @throws AggregateError of what went wrong, once all are seen to
 */
export async function sweepLostSessions(base: Base): Promise<readonly string[]> {
  const alive = await liveHosts(base);
  const lost: string[] = [];
  const errors: unknown[] = [];
  for await (const { item, session } of openSessions(base.store)) {
    try {
      const isLost =
        isOverdue(base, session) || (await judgeHost(base, alive.has(session.host_id), item, session));
      if (isLost && (await endLost(base, session.sid))) lost.push(session.sid);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0)
    throw new AggregateError(errors, `${errors.length} lost sessions could not be ended`);
  return lost;
}

/** Its host lives and says nothing of it: the answer that opened it was lost, say, and nobody connected. */
function isOverdue({ clock }: Base, { ends_at }: OpenSession): boolean {
  return ends_at + overdue <= clock();
}

async function liveHosts({ store }: Base): Promise<ReadonlySet<string>> {
  const alive = new Set<string>();
  let after: string | undefined;
  do {
    const page = await store.query({
      pk: heartbeatsPartition,
      limit: 1000,
      ...(after !== undefined && { after }),
    });
    for (const { key } of page.items) alive.add(key.sk);
    after = page.after;
  } while (after !== undefined);
  return alive;
}

/** True once the host has been suspected for long enough; notes when that began, or that it is over. */
async function judgeHost(base: Base, isAlive: boolean, item: Item, session: OpenSession): Promise<boolean> {
  const { suspected_at } = session;
  const now = base.clock();
  if (!isAlive && suspected_at !== null) return suspected_at + grace <= now;
  if (isAlive && suspected_at === null) return false;
  // A conflict is another sweep, or the session's own end: either leaves nothing to note.
  await base.store.commit([
    openSessionPut({ ...session, suspected_at: isAlive ? null : now }, unchanged(item)),
  ]);
  return false;
}

/** False where the session has ended by itself meanwhile. */
async function endLost(base: Base, sid: string): Promise<boolean> {
  return await transact(base.store, async (): Promise<Attempt<boolean>> => {
    const session = await loadSession(base.store, sid);
    const tail = await loadTail(base.store, sid);
    if (session === undefined || tail === undefined || tail.progress.ended)
      return { writes: [], result: false };
    return { writes: await lostWrites(base, session.record, tail), result: true };
  });
}

async function lostWrites(base: Base, record: SessionRecord, tail: LoadedTail): Promise<Write[]> {
  const { store, config } = base;
  const { facts } = record;
  const stamp = { facts, clusterName: config.clusterName };
  const end = lostEnd(base, record, tail);
  const events: AuditEvent[] = [...unansweredEvents(stamp, tail.progress), end];
  const place = { link: tail.next_link, prev: tail.hash, records_sha256: null };
  const { hash, writes } = await appendLink(store, {
    facts,
    ...place,
    events,
    running: false,
    now: base.clock(),
  });
  const taken = takeIndex(tail.progress.taken, end.ei);
  const progress = { ...tail.progress, taken, ended: true, open: [] };
  const next = { next_link: tail.next_link + 1, hash, progress };
  return [...writes, ...(await tailWrites(store, facts.sid, next, tail)), ...sessionEndWrites(record, end)];
}

/** Counts what was received; what the host kept to itself starts at `first_missing_ei`. */
function lostEnd(
  { clock, config }: Base,
  { facts, session }: SessionRecord,
  { progress }: LoadedTail,
): SessionEndEvent {
  const { taken, statements, errors, connected } = progress;
  const stamp = { facts, clusterName: config.clusterName };
  const end = { type: "end", ei: nextIndex(taken), time: clock(), reason: "proxy_lost" } as const;
  const counts = { statements, errors, bytes_in: 0, bytes_out: 0 };
  const { started_at } = session;
  return endEvent(
    stamp,
    { ...end, ...counts },
    { started_at, connected, first_missing_ei: firstMissing(taken) },
  );
}
