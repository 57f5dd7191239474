/** Statements that were sent to the server and not answered yet, as their sessions' records stand now. */
import type { RunningStatement } from "@postern/core/api/read";
import { formatTime } from "@postern/core/time";
import type { Store } from "@postern/store/port";
import { loadSession } from "./session-record.ts";
import { loadTail } from "./tail.ts";

/** Enough to know a statement by; its event has the whole. */
const textLength = 10_000;

export async function loadRunning(store: Store, sids: Iterable<string>): Promise<RunningStatement[]> {
  const found: RunningStatement[] = [];
  for (const sid of sids) found.push(...(await runningOf(store, sid)));
  return found;
}

async function runningOf(store: Store, sid: string): Promise<RunningStatement[]> {
  const [session, tail] = await Promise.all([loadSession(store, sid), loadTail(store, sid)]);
  if (session === undefined || tail === undefined) return [];
  const { user, db_service, db_user, db_name } = session.record.facts;
  return tail.progress.open
    .filter(({ next_index }) => next_index === 0)
    .map(({ begin }) => ({
      sid,
      statement_id: begin.statement_id,
      time: formatTime(begin.time),
      user,
      db_service,
      db_user,
      db_name,
      db_query: begin.text.slice(0, textLength).toWellFormed(),
    }));
}
