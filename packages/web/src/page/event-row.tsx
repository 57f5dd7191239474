/** An event: in a few words, and opened, whole. Its texts may come from anybody: none can pose as another. */
import { describeEvent } from "@postern/core/audit/describe";
import type { AuditEvent } from "@postern/core/audit/event";
import { printable, printableLine } from "@postern/core/printable";
import { useId, useState } from "react";

export function EventRow({ event }: { readonly event: AuditEvent }) {
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  const user = "user" in event ? event.user : "";
  const database = "db_service" in event ? (event.db_service ?? "") : "";
  return (
    <>
      <tr className={event.success ? undefined : "failed"}>
        <td>
          <button
            type="button"
            className="disclosure"
            aria-expanded={isOpen}
            aria-controls={isOpen ? id : undefined}
            onClick={() => setIsOpen(!isOpen)}
          >
            <time dateTime={event.time} title={event.time}>
              {formatTime(event.time)}
            </time>
          </button>
        </td>
        <td>
          {printableLine(event.event)} <span className="code">{event.code}</span>
        </td>
        <td className="actor">{printableLine(user)}</td>
        <td>{printableLine(database)}</td>
        <td className="what">
          {!event.success && <span className="badge bad">failed</span>}
          <bdi>{printableLine(describeEvent(event))}</bdi>
        </td>
      </tr>
      {isOpen && (
        <tr id={id}>
          <td colSpan={5}>
            <pre tabIndex={0}>{printable(JSON.stringify(event, null, 2))}</pre>
          </td>
        </tr>
      )}
    </>
  );
}

const local = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

/** By the reader's own clock; the time in UTC is in the event. */
function formatTime(time: string): string {
  return local.format(new Date(time));
}
