/** Which events are shown. */
import type { CallInput } from "@postern/client/client";
import { AuditEvent } from "@postern/core/audit/event";
import { day, hour } from "@postern/core/time";
import { type FormEvent, useId } from "react";
import { Field, textOf } from "../ui/field.tsx";

const spans = { "1h": hour, "24h": day, "7d": 7 * day, "30d": 30 * day } as const;
type Span = keyof typeof spans;

const spanTitles: Record<Span, string> = {
  "1h": "Last hour",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
};

export interface Filter {
  readonly span: Span;
  readonly user: string;
  readonly event: string;
}

export const firstFilter: Filter = { span: "24h", user: "", event: "" };

export type Query = CallInput<"searchAudit">["query"];

export function queryFrom({ span, user, event }: Filter, now: number): Query {
  const since = new Date(now - spans[span]).toISOString();
  return { since, limit: 100, ...(user !== "" && { user }), ...(event !== "" && { event }) };
}

const eventNames = AuditEvent.options.map(({ shape }) => shape.event.value);

/** A change of the time span is searched for at once, what is typed when it is submitted. */
export function FilterForm({ onSearch }: { readonly onSearch: (filter: Filter) => void }) {
  const id = useId();
  const search = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onSearch(filterFrom(new FormData(event.currentTarget)));
  };
  return (
    <form className="filter" onSubmit={search} role="search">
      <div className="field">
        <label htmlFor={`${id}-span`}>Time</label>
        <select
          id={`${id}-span`}
          name="span"
          defaultValue={firstFilter.span}
          onChange={(event) => event.currentTarget.form?.requestSubmit()}
        >
          {Object.entries(spanTitles).map(([span, title]) => (
            <option key={span} value={span}>
              {title}
            </option>
          ))}
        </select>
      </div>
      <Field label="User" name="user" autoComplete="off" autoCapitalize="none" maxLength={128} />
      <Field label="Event" name="event" autoComplete="off" list={`${id}-events`} maxLength={64} />
      <datalist id={`${id}-events`}>
        {eventNames.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <button type="submit">Refresh</button>
    </form>
  );
}

function filterFrom(fields: FormData): Filter {
  const text = textOf(fields, "span");
  const span = Object.hasOwn(spans, text) ? (text as Span) : firstFilter.span; // one of its own keys
  return { span, user: textOf(fields, "user").trim(), event: textOf(fields, "event").trim() };
}
