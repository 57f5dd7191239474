import { useState } from "react";
import { mayReadActivity } from "../login/rights.ts";
import type { Session } from "../login/session.ts";
import { type Filter, FilterForm, firstFilter, queryFrom } from "./activity-filter.tsx";
import { EventList } from "./event-list.tsx";

/** The audit log, for those whose roles show it. Nobody else's browser asks for it. */
export function ActivityPage({ session }: { readonly session: Session }) {
  return (
    <main>
      <title>Activity · Postern</title>
      <h1>Activity</h1>
      {mayReadActivity(session) ? (
        <Activity call={session.call} />
      ) : (
        <p className="notice">
          Your roles don't show the audit log: it takes the right to list the resource <code>event</code>, as
          the role <code>auditor</code> has it.
        </p>
      )}
    </main>
  );
}

function Activity({ call }: Pick<Session, "call">) {
  const [query, setQuery] = useState(() => queryFrom(firstFilter, Date.now()));
  const search = (filter: Filter) => setQuery(queryFrom(filter, Date.now()));
  return (
    <>
      <FilterForm onSearch={search} />
      <EventList key={JSON.stringify(query)} call={call} query={query} />
    </>
  );
}
