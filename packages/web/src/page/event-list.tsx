/** What a search of the audit log found, newest first. */
import type { AuditPage } from "@postern/core/api/read";
import type { AuditEvent } from "@postern/core/audit/event";
import { useEffect, useState } from "react";
import type { Session } from "../login/session.ts";
import { Problem } from "../ui/problem.tsx";
import { useAction } from "../ui/use-action.ts";
import type { Query } from "./activity-filter.tsx";
import { EventRow } from "./event-row.tsx";

interface EventListProps extends Pick<Session, "call"> {
  readonly query: Query;
}

/** Of one search: another one is another list. */
export function EventList({ call, query }: EventListProps) {
  const [pages, setPages] = useState<readonly AuditPage[]>();
  const { busy, error, run } = useAction();
  useEffect(() => {
    void run(async () => setPages([await search(call, query)]));
  }, [call, query, run]);
  const showOlder = async (cursor: string) => {
    const page = await search(call, { ...query, cursor });
    setPages((before = []) => [...before, page]);
  };
  // A page's newest comes last.
  const events = pages?.flatMap((page) => page.events.toReversed()) ?? [];
  const cursor = pages?.at(-1)?.cursor;
  return (
    <>
      <Problem error={error} />
      <p className="count" role="status">
        {busy ? "Loading…" : count(events.length, cursor !== undefined)}
      </p>
      {events.length > 0 && <EventTable events={events} />}
      {cursor !== undefined && (
        <button type="button" disabled={busy} onClick={() => void run(() => showOlder(cursor))}>
          Older
        </button>
      )}
    </>
  );
}

/** The first page that holds something, or the last: the server looks through some days at a time. */
async function search(call: Session["call"], query: Query): Promise<AuditPage> {
  const page = await call("searchAudit", { query });
  if (page.events.length > 0 || page.cursor === undefined) return page;
  return await search(call, { ...query, cursor: page.cursor });
}

function count(events: number, hasMore: boolean): string {
  return `${events}${hasMore ? " newest" : ""} ${events === 1 ? "event" : "events"}`;
}

function EventTable({ events }: { readonly events: readonly AuditEvent[] }) {
  return (
    <div className="table" role="region" aria-label="Events" tabIndex={0}>
      <table className="events">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Event</th>
            <th scope="col">User</th>
            <th scope="col">Database</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <EventRow key={event.uid} event={event} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
